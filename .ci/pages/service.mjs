// A service of our own on a fresh SQLite database, with a small festival whose roster is published: what the pages are
// looked at with.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const PASSWORD = 'a day of pages in CI';

export class Service {
  constructor(binary, data, port) {
    Object.assign(this, { binary, data, port, at: `http://127.0.0.1:${port}` });
    this.env = { ...process.env, KHADEMYAR_DATA: data, KHADEMYAR_LOG: 'error', KHADEMYAR_SMS: 'file' };
    for (const name of ['DATABASE_URL', 'KHADEMYAR_DATABASE_URL']) delete this.env[name];
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data, { recursive: true });
  }

  async run(...args) {
    const child = spawn(this.binary, args, { env: this.env, stdio: ['pipe', 'ignore', 'inherit'] });
    child.stdin.end(`${PASSWORD}\n`);
    const [status] = await once(child, 'exit');
    if (status !== 0) throw new Error(`khademyar ${args.join(' ')} ended with ${status}`);
  }

  async start() {
    const args = ['serve', '--listen', `127.0.0.1:${this.port}`];
    this.child = spawn(this.binary, args, { env: this.env, stdio: ['ignore', 'ignore', 'inherit'] });
    for (let left = 300; left > 0; left -= 1) {
      if ((await fetch(`${this.at}/readyz`).catch(() => null))?.ok) return;
      await wait(100);
    }
    throw new Error('the service does not answer');
  }

  async stop() {
    if (!this.child) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
    this.child = null;
  }

  // Asks the API as whoever has the token; gives the body.
  async ask(method, path, body, token = this.token) {
    const response = await fetch(this.at + path, {
      method,
      headers: { 'accept-language': 'en', ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }) },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  async signIn(username) {
    const tokens = await this.ask('POST', '/v1/auth/token', { username, password: PASSWORD }, null);
    return tokens.access_token;
  }

  // The codes that were sent, the last one last.
  codes() {
    const file = `${this.data}/messages.jsonl`;
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8').trim().split('\n').map(line => JSON.parse(line).code).filter(Boolean);
  }

  // The code that is sent after so many others.
  async code(before) {
    for (let left = 100; left > 0; left -= 1) {
      const codes = this.codes();
      if (codes.length > before) return codes.at(-1);
      await wait(50);
    }
    throw new Error('no code is sent');
  }
}

export const MARYAM = '09131111111';
export const ZAHRA = '09132222222';
export const NARGES = '09133333333';
const LONG = 'سیده‌فاطمه‌زهرا محمدی‌نژاد اصفهانی‌الاصل Smith-Jones';

// Has a festival solved for some seconds, and its roster published.
export async function publish(service, path, seconds) {
  const plan = await service.ask('POST', `${path}/plans`, { seconds, seed: 1 });
  for (;;) {
    const { state } = await service.ask('GET', `${path}/plans/${plan.id}`);
    if (state === 'completed') break;
    if (state === 'failed') throw new Error('the plan failed');
    await wait(200);
  }
  await service.ask('POST', `${path}/plans/${plan.id}/publish`);
}

// An organizer's festival of three nights: two venues, tea and first aid, six people, solved and published.
export async function festival(service) {
  await service.run('user', 'create', 'organizer', '--name', 'مریم نیک‌اندیش', '--operator', '--password-stdin');
  await service.start();
  service.token = await service.signIn('organizer');
  const founded = await service.ask('POST', '/v1/festivals', { name: { fa: 'دههٔ کرامت', en: 'Ten Days of Karamat' }, nights: ['2027-04-08', '2027-04-09', '2027-04-10'] });
  const path = `/v1/festivals/${founded.id}`;
  const create = async (list, body) => (await service.ask('POST', `${path}/${list}`, body)).id;
  const district = await create('districts', { code: 'd1', name: { fa: 'منطقهٔ ۱۴', en: 'District 14' }, priority: 5 });
  const tea = await create('specialties', { code: 'tea', name: { fa: 'پذیرایی و چای', en: 'Hospitality' } });
  const aid = await create('specialties', { code: 'aid', name: { fa: 'امداد', en: 'First aid' } });
  const garden = await create('venues', { code: 'garden', name: { fa: 'باغ غدیر', en: 'Bagh-e Ghadir' }, district_id: district, address: 'خیابان جی، روبه‌روی پارک غدیر', latitude: 32.63, longitude: 51.7 });
  const passage = await create('venues', { code: 'passage', name: { fa: 'گذر فرهنگی چهارباغ', en: 'Chaharbagh passage' }, district_id: district });
  for (const [night, day] of [[0, '08'], [1, '09'], [2, '10']]) {
    for (const [code, venue] of [['garden', garden], ['passage', passage]]) {
      const shift = await create('shifts', { code: `${code}-${night}`, venue_id: venue, night, starts_at: `2027-04-${day}T16:30:00Z`, ends_at: `2027-04-${day}T20:00:00Z` });
      const position = async (kind, specialty_id, min_level, minimum, desired) =>
        create('positions', { code: `${code}-${night}-${kind}`, shift_id: shift, specialty_id, min_level, minimum, desired });
      if (code === 'garden') {
        await position('lead', tea, 3, 1, 1);
        await position('team', tea, 1, 1, 2);
      } else {
        await position('aid', aid, 1, 1, 2);
      }
    }
  }
  const people = [
    ['maryam', 'مریم امینی', 'Maryam Amini', MARYAM, tea, 1],
    ['zahra', 'زهرا رضایی', 'Zahra Rezaei', ZAHRA, tea, 3],
    ['narges', LONG, null, NARGES, tea, 1],
    ['leila', 'لیلا حسینی', 'Leila Hosseini', '09134444444', aid, 2],
  ];
  for (const [code, fa, en, phone, specialty_id, level] of people) {
    await create('volunteers', { code, name: en ? { fa, en } : { fa }, phone, gender: 'woman', home_district_id: district, skills: [{ specialty_id, level, confirmed: true }], max_nights: 3 });
  }
  await service.ask('POST', `${path}/members`, { username: 'coordinator', name: 'حسین ملک‌پور', role: 'coordinator', district_ids: [district], password: PASSWORD });
  await publish(service, path, 2);
  return { path, password: PASSWORD };
}
