/** What a page of somebody else's tries at a till: each function is run in it by test_hostile_pages.py. */

globalThis.tried = async ([till, paper]) => {
  const order = { label: '8900000000081' };
  const said = async (what) => {
    try { const answer = await what(); return `${answer.type} ${answer.status} ${await answer.text()}`; }
    catch (error) { return error.name; }
  };
  const post = (path, more) => said(() => fetch(till + path, { method: 'POST', body: JSON.stringify(order), ...more }));
  const heard = (make, ...events) => new Promise((done) => {
    try {
      const one = make();
      for (const name of ['open', 'message', 'snapshot', ...events]) one.addEventListener(name, () => done(name));
      one.addEventListener('error', () => done('error'));
      setTimeout(() => done('silent'), 4000);
    } catch (error) { done(error.name); }
  });
  const loaded = (tag, name, path = '/api/snapshot') => new Promise((done) => {
    const one = Object.assign(document.createElement(tag), { [name]: till + path });
    one.onload = () => done('loaded');
    one.onerror = () => done('error');
    document.body.append(one);
  });
  return {
    read: await said(() => fetch(`${till}/api/snapshot`, { credentials: 'include' })),
    opaque: await said(() => fetch(`${till}/api/snapshot`, { credentials: 'include', mode: 'no-cors' })),
    json: await post('/api/scan', { credentials: 'include', headers: { 'Content-Type': 'application/json' } }),
    plain: await post('/api/scan', { credentials: 'include', mode: 'no-cors' }),
    beacon: navigator.sendBeacon(`${till}/api/scan`, new Blob([JSON.stringify(order)], { type: 'text/plain' })) && 'sent',
    key: await said(() => fetch(`${till}/start?key=x`, { credentials: 'include' })),
    events: await heard(() => new EventSource(`${till}/events`, { withCredentials: true })),
    socket: await heard(() => new WebSocket(`${till.replace('http', 'ws')}/events`)),
    script: await loaded('script', 'src'),
    image: await loaded('img', 'src'),
    paper: await loaded('img', 'src', paper),
    words: await loaded('script', 'src', '/static/js/main.js'),
    cookie: document.cookie,
  };
};

/** A form that posts what reads as JSON. */
globalThis.posted = (till) => {
  const frame = Object.assign(document.createElement('iframe'), { name: 'there' });
  const form = Object.assign(document.createElement('form'), {
    method: 'POST', action: `${till}/api/scan`, enctype: 'text/plain', target: 'there',
  });
  form.append(Object.assign(document.createElement('input'), { name: '{"label":"8900000000081","x":"', value: '"}' }));
  document.body.append(frame, form);
  form.submit();
};

/** The till in a frame: what of it can be read. */
globalThis.framed = (till) => new Promise((done) => {
  const frame = Object.assign(document.createElement('iframe'), { src: till });
  frame.onload = () => { try { done(String(frame.contentDocument?.body?.innerText ?? 'closed')); } catch { done('closed'); } };
  document.body.append(frame);
});
