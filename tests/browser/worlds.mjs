// Where a walk is taken: language, width, with or without scripts. Two worlds a walk meet every value of each.

const phone = { width: 360, height: 740 };
const desktop = { width: 1280, height: 900 };

export const PHONE_ZH = { name: 'phone, Chinese, scripts', lang: 'zh', viewport: phone, scripts: true };
export const DESKTOP_EN = { name: 'desktop, English, no scripts', lang: 'en', viewport: desktop, scripts: false };
export const DESKTOP_EN_SCRIPTS = { name: 'desktop, English, scripts', lang: 'en', viewport: desktop, scripts: true };
export const DESKTOP_ZH = { name: 'desktop, Chinese, scripts', lang: 'zh', viewport: desktop, scripts: true };
export const PHONE_EN = { name: 'phone, English, no scripts', lang: 'en', viewport: phone, scripts: false };
