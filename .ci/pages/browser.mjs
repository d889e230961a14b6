// Chromium as a phone of 360 × 740, and what is asked of every page in it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { HtmlValidate } from 'html-validate';
import puppeteer from 'puppeteer-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const html = new HtmlValidate({
  extends: ['html-validate:recommended', 'html-validate:document'],
  rules: {
    // A matter of taste: lines may end in blanks where a template had a tag, and void elements are written as HTML has them.
    'no-trailing-whitespace': 'off',
    'long-title': 'off',
    // Numbers of phones and hours are marked up where they are shown, and wrap nowhere.
    'tel-non-breaking': 'off',
    // What comes from ourselves has a hash of what it says in its name.
    'require-sri': ['error', { target: 'crossorigin' }],
    // A button in a form submits it: that is what it is there for.
    'no-implicit-button-type': 'off',
    // A wall, where no script makes it anew, shows what is now.
    'meta-refresh': 'off',
    // Boxes that are ticked for the same question share its name.
    'form-dup-name': ['error', { shared: ['radio', 'button', 'reset', 'submit', 'checkbox'] }],
  },
});

export const PHONE = { width: 360, height: 740, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
export const DESKTOP = { width: 1280, height: 900 };

export async function launch() {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  return puppeteer.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

// A browser of somebody's own, with a page whose errors are kept.
export async function somebody(browser, viewport = PHONE) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport(viewport);
  page.errors = [];
  page.on('pageerror', error => page.errors.push(String(error)));
  page.on('console', message => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) page.errors.push(message.text());
  });
  // What answers a form is not there to be read again.
  page.on('response', response => {
    const request = response.request();
    if (!request.isNavigationRequest() || request.frame() !== page.mainFrame()) return;
    page.answered = request.method() === 'POST' && response.status() !== 303 ? response.text() : null;
  });
  return page;
}

// Asks for a code by a phone.
export async function givePhone(page, service, phone) {
  await page.goto(`${service.at}/sign-in`);
  await page.type('#phone', phone);
  await submit(page, '#phone');
}

export async function signInByPhone(page, service, phone) {
  const before = service.codes().length;
  await givePhone(page, service, phone);
  await page.type('#code', await service.code(before));
  await submit(page, '#code');
}

export async function signInByPassword(page, service, username, password) {
  await page.goto(`${service.at}/sign-in/password`);
  await page.type('#username', username);
  await page.type('#password', password);
  await submit(page, '#password');
}

async function submit(page, field) {
  await Promise.all([page.waitForNavigation(), page.$eval(field, input => input.form.requestSubmit())]);
}

// Everything that is wrong with the page as it is: for people who cannot see, for HTML, for its width, for its policy.
async function faults(page) {
  const found = [...page.errors];
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  for (const { id, nodes } of violations) found.push(...nodes.map(node => `axe ${id}: ${node.html.slice(0, 200)} ${node.failureSummary}`));
  const source = await page.answered ?? await page.evaluate(async () => (await fetch(location.href)).text());
  for (const { messages } of (await html.validateString(source)).results) {
    found.push(...messages.filter(message => message.severity === 2).map(({ ruleId, message, line }) => `html ${ruleId}, line ${line}: ${message}`));
  }
  const [wide, narrow] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  if (wide > narrow) found.push(`it is ${wide} px wide in ${narrow}`);
  const small = await page.$$eval('button, .button', all => all.filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 44).map(one => one.textContent));
  found.push(...small.map(text => `too small to be tapped: ${text}`));
  return found;
}

// Adds to `found` all that is wrong with the page, in both languages and themes; `where` tells which page it is.
export async function inspect(page, where, found) {
  const { origin } = new URL(page.url());
  for (const language of ['fa', 'en']) {
    for (const theme of ['light', 'dark']) {
      const cookies = [{ name: 'language', value: language }, { name: 'theme', value: theme }];
      await page.browserContext().setCookie(...cookies.map(cookie => ({ ...cookie, url: origin, domain: new URL(origin).hostname, path: '/' })));
      await page.reload();
      for (const fault of await faults(page)) found.push(`${where} in ${language}, ${theme}: ${fault}`);
      page.errors.length = 0;
    }
  }
}
