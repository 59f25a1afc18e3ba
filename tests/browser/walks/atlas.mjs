// The map, which school is mine by words and by a tap, sports grounds by what they have: as lists, and drawn where scripts
// run. GeoJSON is everybody's.
import assert from 'node:assert/strict';
import { city, find } from '../city.mjs';
import { walk } from '../walk.mjs';
import { DESKTOP_EN_SCRIPTS, DESKTOP_ZH, PHONE_EN, PHONE_ZH } from '../worlds.mjs';

const today = 'replaced_at = 253402300800000 and valid_until = 2932897';

// A school with a catchment, to stand beside: its place lies in the catchment's outline.
function someSchool() {
  const [[code, lon, lat]] = find(`select i.code, i.lon_e6, i.lat_e6 from institution i join catchment_school s on s.institution = i.id
    join catchment c on c.id = s.catchment where c.stage = 'primary' order by i.id limit 1`);
  return { code, lon: Number(lon) / 1e6, lat: Number(lat) / 1e6 };
}

async function lists(v) {
  await v.go('/map');
  await v.sees('列成名单', 'The same as lists');
  await v.follow('main a[href="/map/list/schools"]');
  assert.ok(await v.page.locator('main .record').count() > 10);
  await v.follow('main .record a');
  assert.match(v.path, /^\/school\/\d/);
  await v.go('/map/list/schools?kind=111');
  assert.equal((await v.page.locator('main .record .secondary').allTextContents()).every((t) => t.includes(v.say('幼儿园', 'kindergarten'))), true);
  await v.go('/map/list/catchments?stage=junior&county=371502');
  assert.ok(await v.page.locator('main .record').count() > 0);
  await v.go('/map/list/groups');
  await v.follow('main .record a');
  assert.match(v.path, /^\/map\/group\//);
  await v.go('/map/list/nothing', { status: 404 });
  await v.go('/map/group/nothing', { status: 404 });
}

async function mine(v) {
  const { code, lon, lat } = someSchool();
  await v.go(`/map/at?lon=${lon}&lat=${lat}`);
  assert.ok(await v.page.locator(`main a[href="/school/${code}"]`).count(), 'a school does not lie in its own catchment');
  const [[community, name]] = find('select id, name_zh from community order by id limit 1');
  await v.go('/map/at');
  await v.fill('q', name);
  await v.follow('main form[action="/map/at"] button');
  await v.sees('小学', 'primary school');
  assert.ok(await v.page.locator('main a[href^="/school/"]').count() > 1);
  await v.go(`/map/at?community=${community}`);
  await v.go('/map/at?lon=0&lat=0', { status: 400 });
  await v.go('/map/at?lon=120.5&lat=36.1');
  await v.sees('不在任何学区', 'lies in no catchment');
  await v.go('/map/at?lon=115&lat=x', { status: 400 });
  await v.go('/map/at?community=999999', { status: 404 });
}

async function grounds(v) {
  await v.go('/venues');
  assert.ok(await v.page.locator('main .record').count() > 0);
  await v.fill('q', find('select name_zh from community order by id limit 1')[0][0]);
  await v.select('sport', 'basketball');
  await v.select('open', 'now');
  await v.follow('main form[action="/venues"] button');
  await v.sees('近的在前', 'nearest first');
  await v.select('open', '');
  await v.follow('main form[action="/venues"] button');
  const metres = (await v.page.locator('main .record .secondary:first-of-type').allTextContents())
    .map((t) => /([\d.]+) (m|米|km|公里)/.exec(t)).filter(Boolean).map(([, n, unit]) => n * (/^(m|米)$/.test(unit) ? 1 : 1000));
  assert.ok(metres.length > 1 && metres.every((m, i) => i === 0 || metres[i - 1] <= m), `not by distance: ${metres}`);
  await v.follow('main .record a');
  assert.match(v.path, /^\/venue\//);
  await v.sees('开放时间', /hours/i);
  await v.sees('最近核实', 'Last checked');
  await v.go(`/venue/${find(`select code from venue_fact where kind = 'large' and ${today} order by code limit 1`)[0][0]}`);
  await v.sees('承诺的开放时间', 'Promised hours');
  await v.go('/venues?sport=chess&page=0&fee=x');
  await v.go('/venues?page=9999999');
  await v.go('/venue/nothing', { status: 404 });
}

async function layers(v) {
  for (const name of ['counties', 'schools', 'venues', 'groups', 'catchments']) {
    const answer = await v.context.request.get(`${city.url}/atlas/${name}.geojson`);
    assert.equal(answer.headers()['content-type'], 'application/geo+json');
    const json = await answer.json();
    assert.equal(json.type, 'FeatureCollection');
    assert.ok(json.features.length > 0, name);
    assert.match(json.as_of, /^\d{4}-\d\d-\d\d$/);
  }
  assert.equal((await v.context.request.get(`${city.url}/atlas/nothing.geojson`)).status(), 404);
  assert.equal((await v.context.request.get(`${city.url}/atlas/catchments.geojson?stage=x`)).status(), 404);
}

// Each layer is drawn, a tap leads to the place's page.
async function drawn(v) {
  await v.go('/map');
  await v.page.waitForSelector('#atlas[data-ready]');
  for (const name of ['primary', 'junior', 'groups', 'schools', 'venues']) {
    await v.page.locator(`#layer-${name}`).check();
    await v.page.waitForFunction((n) => document.getElementById('atlas').dataset.shown.split(' ').includes(n), name);
  }
  await v.look(undefined, 200);
  for (const name of ['primary', 'junior', 'groups', 'schools', 'venues']) {
    await v.page.locator(`#layer-${name}`).uncheck();
  }
  await v.page.locator('#layer-figure').selectOption({ index: 3 });
  await v.page.waitForFunction(() => document.querySelectorAll('.map-figure').length > 0);
  await v.look(undefined, 200);
  await v.page.locator('#layer-figure').selectOption('');
  await v.page.waitForFunction(() => !document.getElementById('atlas').dataset.shown);
  const county = await v.page.locator('#map svg').first().boundingBox();
  assert.ok(county && county.width > 100, 'the counties are drawn');
  const box = await v.page.locator('#map').boundingBox();
  await v.page.locator('#map').scrollIntoViewIfNeeded();
  await v.through(() => v.page.locator('#map').click({ position: { x: box.width / 2, y: box.height / 2 } }));
  assert.match(v.path, /^\/map\/at\?lon=11\d\.\d+&lat=3\d\.\d+$/);
  assert.ok(await v.page.locator('main a[href^="/school/"]').count() > 0, 'the middle of the city lies in no catchment');
  await v.context.grantPermissions(['geolocation'], { origin: city.url });
  await v.context.setGeolocation({ longitude: someSchool().lon, latitude: someSchool().lat });
  await v.go('/venues');
  await v.through(() => v.page.locator('[data-locate] button').click());
  await v.sees('近的在前', 'nearest first');
}

// An officer gives a community to the catchment beside it, by two taps.
async function whatIf(v) {
  const [[county]] = find(`select division from catchment where stage = 'primary' and division not in ('371502', '371581')
    group by division order by count(*) desc, division limit 1`);
  const [[officer]] = find(`select id from account where roles = 16 and scope = '${county}'`);
  await v.signIn(officer);
  await v.go('/forecast/scenarios');
  await v.fill('name', v.say('地图上划片', 'Moved on the map'));
  await v.select('county', county);
  await v.send('/forecast/scenarios');
  await v.page.waitForSelector('#scenario[data-ready]');
  await v.look(undefined, 200);
  const communities = v.page.locator('#map .map-community');
  const choices = v.page.locator('#map .map-move');
  for (let i = await communities.count() - 1; i >= 0 && await choices.count() === 0; i -= 1) {
    await communities.nth(i).dispatchEvent('click');
  }
  assert.ok(await choices.count() > 0, 'no community has a catchment beside its own');
  await v.through(() => choices.first().click());
  assert.equal(await v.page.locator('main ol > li').count(), 1);
  await v.page.waitForSelector('#scenario[data-ready]');
  assert.equal(await v.page.locator('#map .map-community--moved').count(), 1);
}

for (const world of [PHONE_EN, DESKTOP_ZH, PHONE_ZH, DESKTOP_EN_SCRIPTS]) {
  walk('The map and sports grounds', world, async (enter) => {
    const v = await enter();
    if (world === PHONE_EN || world === DESKTOP_ZH) {
      await lists(v);
      await mine(v);
      await grounds(v);
      await layers(v);
    }
    if (world.scripts) {
      await drawn(v);
    }
    if (world === DESKTOP_EN_SCRIPTS || world === PHONE_ZH) {
      await whatIf(v);
    }
  });
}
