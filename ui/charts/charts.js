// Charts beside tables. A page says it with its table alone: <table data-chart="line"> (or "bar", "stack"). The first
// column names the points, each further column whose heading has data-series is a series; a cell's number is its
// data-value, or its text without separators. data-unit stands on the axis, data-least="0" holds the axis there.
// The chart is for the eye; the table stays, and is what a screen reader and a printer get.
import { BarChart, LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, MarkLineComponent, AriaComponent,
  CanvasRenderer]);

const INK = '#16211d';
// Told apart by who does not see colours alike, too: lightness differs, and each line has its own mark.
const COLOURS = ['#1a5c4c', '#d39b00', '#145c9e', '#b3261e', '#6b4fa0', '#5a4200', '#4c5a55', '#0d8f8f'];
const MARKS = ['circle', 'rect', 'triangle', 'diamond', 'roundRect', 'pin', 'arrow', 'emptyCircle'];
const POINTS_MOST = 60;

const numberOf = (cell) => {
  const text = (cell.dataset.value ?? cell.textContent).replace(/[,\s%]/g, '');
  return text === '' || Number.isNaN(Number(text)) ? null : Number(text);
};

function read(table) {
  const headings = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  const columns = headings.map((cell, i) => ('series' in cell.dataset ? i : -1)).filter((i) => i > 0);
  const rows = [...table.tBodies[0].rows].filter((row) => !('total' in row.dataset)).slice(0, POINTS_MOST);
  return {
    points: rows.map((row) => row.cells[0].textContent.trim()),
    series: columns.map((i) => ({
      name: headings[i].textContent.trim(),
      target: headings[i].dataset.target,
      values: rows.map((row) => numberOf(row.cells[i])),
    })),
  };
}

function options(table, data) {
  const kind = table.dataset.chart;
  const wide = kind !== 'line' && data.points.length > 6;
  const category = { type: 'category', data: data.points, inverse: wide, axisLabel: { color: INK, hideOverlap: true } };
  const value = { type: 'value', name: table.dataset.unit ?? '', scale: table.dataset.least !== '0',
    axisLabel: { color: INK }, nameTextStyle: { color: INK } };
  return {
    animation: !matchMedia('(prefers-reduced-motion: reduce)').matches,
    color: COLOURS,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: INK },
    grid: { left: 8, right: 24, top: data.series.length > 1 ? 48 : 32, bottom: 8, containLabel: true },
    legend: data.series.length > 1 ? { top: 0, type: 'scroll', textStyle: { color: INK } } : undefined,
    // Drawn on the canvas: markup with styles inside would be refused by the page's policy of content.
    tooltip: { trigger: 'axis', renderMode: 'richText', confine: true },
    xAxis: wide ? value : category,
    yAxis: wide ? category : value,
    series: data.series.map((series, i) => ({
      name: series.name,
      type: kind === 'line' ? 'line' : 'bar',
      stack: kind === 'stack' ? 'all' : undefined,
      data: series.values,
      symbol: MARKS[i % MARKS.length],
      symbolSize: 8,
      connectNulls: false,
      markLine: series.target ? { symbol: 'none', silent: true, lineStyle: { type: 'dashed', color: INK },
        label: { formatter: '{c}', color: INK }, data: [{ [wide ? 'xAxis' : 'yAxis']: Number(series.target) }] } : undefined,
    })),
  };
}

function draw(table) {
  const data = read(table);
  if (data.points.length === 0 || data.series.length === 0) {
    return;
  }
  const box = document.createElement('div');
  box.className = 'chart';
  box.setAttribute('aria-hidden', 'true');
  const rows = table.dataset.chart === 'line' ? 8 : Math.max(6, data.points.length);
  box.style.height = `${Math.min(rows * 28 + 80, 900)}px`;
  (table.closest('.table-scroll') ?? table).before(box);
  const chart = echarts.init(box);
  chart.setOption(options(table, data));
  new ResizeObserver(() => chart.resize()).observe(box);
}

// A chart is drawn when it comes near the window: a page of many costs a cheap phone little.
const near = new IntersectionObserver((entries) => {
  entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
    near.unobserve(entry.target);
    draw(entry.target);
  });
}, { rootMargin: '400px' });
document.querySelectorAll('table[data-chart]').forEach((table) => near.observe(table));
