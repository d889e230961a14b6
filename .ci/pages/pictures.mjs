// Pictures of every page, on a phone and on a desk, in both languages: `node pictures.mjs BINARY FOLDER [PORT]` puts them
// into FOLDER/pictures, to be looked at.
import { mkdirSync } from 'node:fs';
import { DESKTOP, PHONE, launch, signInByPassword, signInByPhone, somebody } from './browser.mjs';
import { evening } from './evening.mjs';
import { MARYAM, Service, festival } from './service.mjs';

const [binary, folder, port = '18084'] = process.argv.slice(2);
const service = new Service(binary, `${folder}/pictured`, Number(port));
const browser = await launch();
mkdirSync(`${folder}/pictures`, { recursive: true });

try {
  const { password } = await festival(service);
  const stranger = await somebody(browser);
  const volunteer = await somebody(browser);
  await signInByPhone(volunteer, service, MARYAM);
  const leave = await volunteer.$eval('a[data-answer]', link => link.getAttribute('href'));
  const coordinator = await somebody(browser);
  await signInByPassword(coordinator, service, 'coordinator', password);
  const seats = await coordinator.$eval('a[href^="/desk/seats"]', link => link.getAttribute('href'));
  const organizer = await somebody(browser);
  await signInByPassword(organizer, service, 'organizer', password);
  const paths = await evening(organizer, service, folder);
  const pages = [
    [stranger, 'sign-in', '/sign-in'], [stranger, 'password', '/sign-in/password'], [stranger, 'offline', '/offline'],
    [volunteer, 'nights', '/me'], [volunteer, 'leave', leave], [volunteer, 'no-such-page', leave.replace(/[0-9a-f]{12}/, '0'.repeat(12))],
    [coordinator, 'no-nights', '/me'], [coordinator, 'desk', '/desk'], [coordinator, 'coverage', '/desk/coverage'], [coordinator, 'seats', seats],
    ...paths.map((path, k) => [organizer, `admin-${String(k).padStart(2, '0')}-${path.split('?')[0].split('/').at(-1).replace(/^[0-9a-f-]{36}$/, 'one')}`, path]),
  ];
  for (const [page, name, path] of pages) {
    for (const [device, viewport] of [['phone', PHONE], ['desktop', DESKTOP]]) {
      await page.setViewport(viewport);
      for (const [language, theme] of [['fa', 'light'], ['en', 'light'], ['fa', 'dark']]) {
        for (const [name, value] of [['language', language], ['theme', theme]]) {
          await page.browserContext().setCookie({ name, value, domain: '127.0.0.1', path: '/' });
        }
        await page.goto(service.at + path);
        await page.screenshot({ path: `${folder}/pictures/${name}-${device}-${language}-${theme}.png`, fullPage: true });
      }
    }
  }
} finally {
  await browser.close();
  await service.stop();
}
