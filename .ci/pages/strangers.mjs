// What nobody needs to be signed in for: the steps of signing in, a letter that is compared, the weekly report, the API's
// reference.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { givePhone, inspect, signInByPassword, somebody } from './browser.mjs';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

// What an app shows that was given the secret (RFC 6238).
function codeOf(secret) {
  const bits = [...secret].map(letter => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)));
  const moment = Buffer.alloc(8);
  moment.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
  const sum = createHmac('sha1', key).update(moment).digest();
  const at = sum[sum.length - 1] & 15;
  return String((sum.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

// A member who is asked for a code of her app, too.
export async function careful(service, path, password) {
  await service.ask('POST', `${path}/members`, { username: 'careful', name: 'پروانه صادقی', role: 'organizer', password });
  const token = await service.signIn('careful');
  const { secret } = await service.ask('POST', '/v1/me/second-factor', { password }, token);
  await service.ask('POST', '/v1/me/second-factor/confirm', { code: codeOf(secret) }, token);
}

// The steps of signing in, each as the way to it.
export const steps = (service, password) => ({
  code: page => givePhone(page, service, '09139999999'),
  'no-phone': page => givePhone(page, service, '0313'),
  'wrong-password': page => signInByPassword(page, service, 'nobody', 'not this one, surely'),
  'second-factor': page => signInByPassword(page, service, 'careful', password),
});

// Where the letter of thanks of a volunteer, whose page it is, leads by its QR code.
export async function seal(page) {
  const letter = await page.evaluate(async () => {
    const bytes = new Uint8Array(await (await fetch('/me/certificate')).arrayBuffer());
    return new TextDecoder('latin1').decode(bytes);
  });
  return `/verify?token=${/\/verify\?token=([\w.-]+)/.exec(letter)[1]}`;
}

// Has the weekly report of a festival made for everybody, as if that had been wished a fortnight ago; gives where it is.
export async function weekly(service, id) {
  await service.ask('PUT', `/v1/festivals/${id}/weekly-report`, { is_public: true });
  const script = 'import sqlite3, sys\nwith sqlite3.connect(sys.argv[1], timeout=30) as there:\n'
    + " there.execute(\"UPDATE weekly_report_settings SET since = datetime('now', '-14 days') || '+00:00'\")";
  const { status, stderr } = spawnSync('python3', ['-c', script, `${service.data}/khademyar.sqlite`], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  for (let left = 600; left > 0; left -= 1) {
    if ((await fetch(`${service.at}/reports/${id}`)).ok) return `/reports/${id}`;
    await wait(100);
  }
  throw new Error('no weekly report is made');
}

// The reference, and of its pages one with a body, one with several formats, one whose shapes are many, one of events.
export const REFERENCE = ['', '/create_shift', '/import_volunteers', '/get_plan', '/follow_festival'].map(path => `/docs${path}`);

export async function strangers({ test, service, browser, path, password, volunteer }) {
  const stranger = await somebody(browser);
  const text = () => stranger.$eval('main', main => main.innerText);

  await test('no step of signing in has a fault', async () => {
    const found = [];
    await careful(service, path, password);
    for (const [name, go] of Object.entries(steps(service, password))) {
      await go(stranger);
      await inspect(stranger, name, found);
      assert.doesNotMatch(await text(), /Retry-After|cannot be read/);
    }
    assert.equal(found.length, 0, [...new Set(found)].join('\n'));
  });

  await test('whoever reads the code of a letter sees what was signed, and that a changed one was not', async () => {
    const found = [];
    const sealed = await seal(volunteer);
    for (const [where, wanted] of [[sealed, /What stands on the paper/], [`${sealed}%20.`, /What stands on the paper/], [`${sealed}x`, /Perhaps the code was read wrongly/]]) {
      await stranger.goto(service.at + where);
      await inspect(stranger, where.slice(0, 60), found);
      assert.match(await text(), wanted);
    }
    assert.equal(found.length, 0, [...new Set(found)].join('\n'));
  });

  await test('the weekly report is there for everybody', async () => {
    const found = [];
    await stranger.goto(service.at + await weekly(service, path.split('/').at(-1)));
    await inspect(stranger, 'the weekly report', found);
    assert.match(await text(), /Districts/);
    assert.equal(found.length, 0, [...new Set(found)].join('\n'));
  });

  await test('the reference of the API tells of every operation', async () => {
    const found = [];
    for (const path of REFERENCE) {
      await stranger.goto(service.at + path);
      await inspect(stranger, path, found);
    }
    assert.equal(found.length, 0, [...new Set(found)].join('\n'));
    await stranger.goto(service.at + REFERENCE[0]);
    const told = await stranger.$$eval('.operations a', links => links.map(link => link.getAttribute('href')));
    const { paths } = await service.ask('GET', '/v1/openapi.json');
    const all = Object.values(paths).flatMap(item => Object.values(item).map(operation => `/docs/${operation.operationId}`));
    assert.deepEqual(told.toSorted(), all.toSorted());
    for (const path of told) assert.equal((await fetch(service.at + path)).status, 200, path);
    assert.equal((await fetch(`${service.at}/docs/nothing`)).status, 404);
  });
}
