/**
 * The one event stream of all pages of a browser, which gives a host no more than six connections: a stream a page
 * would leave the seventh page without an answer. Tells every page the snapshot, or null when the stream broke off.
 */
const AGAIN_MS = 700;

const pages = new Set();
let source = null;
let newest = null;

function tell(text) {
  newest = text;
  for (const page of pages) page.postMessage(text);
}

function lost() {
  source?.close();
  source = null;
  tell(null);
  setTimeout(listen, AGAIN_MS);
}

function listen() {
  if (source) return;
  const stream = new EventSource('/events');
  source = stream;
  stream.addEventListener('snapshot', (event) => tell(event.data));
  stream.addEventListener('beat', (event) => {
    for (const page of pages) page.postMessage({ beat: event.data });
  });
  stream.addEventListener('error', () => source === stream && lost());
}

/** What a page says: "lost" when the stream told it nothing and the agent did not answer, "bye" when it goes. */
onconnect = ({ ports: [page] }) => {
  page.onmessage = ({ data }) => {
    if (data === 'bye') pages.delete(page);
    else lost();
  };
  pages.add(page);
  if (newest !== null) page.postMessage(newest);
  listen();
};
