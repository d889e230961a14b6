// People for the volunteer's own pages, beside those whose roster is published.
export const SARA = '09135555555';
export const HODA = '09136666666';
const DAY = 24 * 3600 * 1000;

// Someone who came when the roster was published already: she could take what is left, or cover for others.
export async function latecomer(service, path) {
  const [specialties, districts] = await Promise.all(['specialties', 'districts'].map(list => service.ask('GET', `${path}/${list}`)));
  const skills = specialties.items.map(({ id }) => ({ specialty_id: id, level: 1, confirmed: true }));
  const name = { fa: 'سارا کاظمی', en: 'Sara Kazemi' };
  await service.ask('POST', `${path}/volunteers`, { code: 'sara', name, phone: SARA, gender: 'woman', home_district_id: districts.items[0].id, skills });
}

// A gathering the day after tomorrow, for which somebody prepares already.
export async function gathering(service) {
  const nights = [new Date(Date.now() + 2 * DAY).toISOString().slice(0, 10)];
  const { id } = await service.ask('POST', '/v1/festivals', { name: { fa: 'شب همدلی', en: 'Night of Care' }, nights });
  const path = `/v1/festivals/${id}`;
  const district = await service.ask('POST', `${path}/districts`, { code: 'd1', name: { fa: 'منطقهٔ ۳', en: 'District 3' }, priority: 1 });
  const name = { fa: 'هدی صالحی', en: 'Hoda Salehi' };
  await service.ask('POST', `${path}/volunteers`, { code: 'hoda', name, phone: HODA, gender: 'woman', home_district_id: district.id });
  return path;
}
