// What makes the organizer's pages quicker. Each does all it must without this.
'use strict';

// Sheets are moved in and pasted into as in a spreadsheet.
(() => {
  const cells = input => {
    const rows = [...input.closest('tbody').rows].map(row => [...row.querySelectorAll('td')]);
    const y = rows.findIndex(row => row.includes(input.closest('td')));
    return { rows, y, x: rows[y].indexOf(input.closest('td')) };
  };
  const at = (rows, y, x) => rows[y] && rows[y][x] && rows[y][x].querySelector('input');

  document.addEventListener('keydown', event => {
    if (!event.target.matches('.fill input') || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowUp: -1, ArrowDown: 1, Enter: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const { rows, y, x } = cells(event.target);
    const next = at(rows, y + (event.shiftKey ? -step : step), x);
    if (next) { next.focus(); next.select(); }
  });

  document.addEventListener('paste', event => {
    if (!event.target.matches('.fill input')) return;
    const text = event.clipboardData.getData('text').replace(/\r/g, '').replace(/\n$/, '');
    if (!/[\t\n]/.test(text)) return;
    event.preventDefault();
    const { rows, y, x } = cells(event.target);
    text.split('\n').forEach((line, down) => line.split('\t').forEach((value, along) => {
      const cell = at(rows, y + down, x + along);
      if (cell) cell.value = value.trim();
    }));
  });

  // Many boxes are ticked at once.
  const persian = document.documentElement.lang === 'fa';
  for (const ticks of document.querySelectorAll('.ticks')) {
    const boxes = [...ticks.querySelectorAll('input[type=checkbox]')];
    if (boxes.length < 4) continue;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'plain';
    button.textContent = persian ? 'همه یا هیچ' : 'All or none';
    button.addEventListener('click', () => {
      const all = boxes.every(box => box.checked);
      for (const box of boxes) box.checked = !all;
    });
    ticks.append(button);
  }
})();

// Draws how a roster comes along, from the events of its plan.
(() => {
  const place = document.querySelector('[data-plan]');
  if (!place || !window.EventSource) return;
  document.documentElement.classList.add('scripted');
  const persian = document.documentElement.lang === 'fa';
  const say = (fa, en) => (persian ? fa : en);
  const digits = value => Number(value).toLocaleString(persian ? 'fa' : 'en');
  const find = name => place.querySelector(`[data-${name}]`);
  const live = 'live' in place.dataset;
  const seconds = Number(place.dataset.seconds);

  const HIGH = 220;
  const BELOW = 22;
  const SVG = 'http://www.w3.org/2000/svg';
  const points = [];
  let over = false;

  const draw = (name, attributes, text) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };

  // A value holds until the next one comes.
  const steps = (of, x, y) => {
    let path = '';
    for (const point of of) path += path ? `H${x(point.at)}V${y(point.value)}` : `M${x(point.at)} ${y(point.value)}`;
    return path;
  };

  const curve = () => {
    const figure = find('curve');
    // Costs of rosters that lack other essential people do not compare.
    const last = points[points.length - 1];
    const shown = points.filter(point => point.score.essential === last.score.essential);
    const until = Math.max(last.at_millis, over ? 1 : seconds * 1000);
    // As wide as its place, so that its letters are as large as the page's.
    const wide = Math.max(240, place.querySelector('dl').clientWidth);
    const scores = shown.map(point => ({ at: point.at_millis, value: point.score.cost }));
    const bounds = shown.filter(point => point.bound.essential === point.score.essential)
      .map(point => ({ at: point.at_millis, value: point.bound.cost }));
    for (const line of [scores, bounds]) {
      if (!line.length) continue;
      // What was found first is drawn from the beginning.
      line[0].at = 0;
      line.push({ ...line[line.length - 1], at: over ? until : last.at_millis });
    }
    const values = [...scores, ...bounds].map(point => point.value);
    const low = Math.min(...values);
    const high = Math.max(...values, low + 1);
    const room = (high - low) * 0.08;
    const x = at => ((at / until) * wide).toFixed(1);
    const y = value => (HIGH - ((value - low + room) / (high - low + 2 * room)) * HIGH).toFixed(1);
    const svg = draw('svg', { viewBox: `0 0 ${wide} ${HIGH + BELOW}`, role: 'img', direction: 'ltr' });
    const told = say(`هزینه از ${digits(scores[0].value)} به ${digits(last.score.cost)} رسید`, `The cost went from ${digits(scores[0].value)} to ${digits(last.score.cost)}`)
      + (bounds.length ? say(`؛ کران ${digits(last.bound.cost)}`, `; the bound is ${digits(last.bound.cost)}`) : '');
    svg.setAttribute('aria-label', told);
    svg.append(draw('path', { class: 'axis', d: `M0 0V${HIGH}H${wide}`, fill: 'none' }));
    if (bounds.length) svg.append(draw('path', { class: 'bound', d: steps(bounds, x, y) }));
    svg.append(draw('path', { class: 'score', d: steps(scores, x, y) }));
    svg.append(draw('text', { x: wide - 4, y: 14, 'text-anchor': 'end' }, digits(high)), draw('text', { x: 4, y: HIGH + BELOW - 5 }, digits(low)));
    svg.append(draw('text', { x: wide - 4, y: HIGH + BELOW - 5, 'text-anchor': 'end' }, digits(Math.round(until / 1000)) + say(' ثانیه', ' s')));
    const before = figure.querySelector('svg');
    figure.querySelector('.key-bound').hidden = !bounds.length;
    if (before) before.replaceWith(svg); else figure.prepend(svg);
    figure.hidden = false;
  };

  let spoken = 0;
  const tell = () => {
    // The page of a plan that is over says it better than its last step.
    if (!live) return;
    const { score, bound, gap } = points[points.length - 1];
    find('essential').textContent = digits(score.essential);
    find('cost').textContent = digits(score.cost);
    // Of the cost there is something to prove only once it is proven how many essential seats must stay empty.
    const proven = bound.essential === score.essential;
    const unproven = over ? say('اثبات نشد', 'not proven') : say('هنوز اثبات نشده', 'not proven yet');
    find('bound').textContent = proven ? digits(bound.cost) : say(`ضروری خالی: ${digits(bound.essential)}`, `essential empty: ${digits(bound.essential)}`);
    if (gap === null || gap === undefined) find('gap').textContent = unproven;
    else if (gap === 0) find('gap').textContent = say('اثبات شده که بهترین است', 'proven to be the best');
    else find('gap').textContent = say(`حداکثر ${digits((gap * 100).toFixed(1))}٪ تا بهترین ممکن`, `at most ${(gap * 100).toFixed(1)} % from the best possible`);
    // A screen reader hears of it now and then, not of every step.
    if (live && Date.now() - spoken > 5000) {
      spoken = Date.now();
      find('told').textContent = say(`هزینه ${digits(score.cost)}`, `cost ${digits(score.cost)}`);
    }
  };

  let soon = 0;
  const show = () => {
    cancelAnimationFrame(soon);
    soon = requestAnimationFrame(() => {
      if (!points.length) return;
      tell();
      curve();
    });
  };

  const source = new EventSource(place.dataset.plan);
  source.addEventListener('progress', event => {
    points.push(JSON.parse(event.data));
    show();
  });
  source.addEventListener('state', event => {
    const plan = JSON.parse(event.data);
    if (live && plan.state === 'running') find('state').textContent = say('در حال حل', 'being solved');
    if (!['completed', 'failed', 'cancelled'].includes(plan.state)) return;
    over = true;
    source.close();
    // What is solved at once leaves no points behind.
    if (!points.length && plan.score && plan.bound) {
      points.push({ at_millis: Date.parse(plan.finished_at) - Date.parse(plan.started_at), score: plan.score, bound: plan.bound, gap: plan.gap });
    }
    show();
    // What can be done with it now is on the page as the service makes it.
    if (live) location.reload();
  });
  addEventListener('pagehide', () => source.close());

  const bar = find('progress');
  if (live && bar) {
    const from = Date.now() - bar.value * seconds * 1000;
    const timer = setInterval(() => {
      bar.value = Math.min(1, (Date.now() - from) / (seconds * 1000));
      if (over) clearInterval(timer);
    }, 500);
  }
})();
