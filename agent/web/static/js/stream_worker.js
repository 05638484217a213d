/**
 * The one event stream of all pages of a browser, which gives a host no more than six connections: a stream a page
 * would leave the seventh page without an answer. Tells every page {whole} or {change}, as the agent wrote it, or null
 * when the stream broke off.
 */
import { changed } from './changes.js';

const AGAIN_MS = 700;

const pages = new Set();
let source = null;
let newest = null;

function tell(what) {
  for (const page of pages) page.postMessage(what);
}

function lost() {
  source?.close();
  source = null;
  newest = null;
  tell(null);
  setTimeout(listen, AGAIN_MS);
}

function listen() {
  if (source) return;
  const stream = new EventSource('/events?changes=true');
  source = stream;
  stream.addEventListener('snapshot', ({ data }) => {
    tell({ whole: data });
    newest = JSON.parse(data);
  });
  stream.addEventListener('change', ({ data }) => {
    tell({ change: data });
    newest = changed(newest, JSON.parse(data));
    if (!newest) lost();
  });
  stream.addEventListener('beat', ({ data }) => tell({ beat: data }));
  stream.addEventListener('error', () => source === stream && lost());
}

/**
 * What a page says: "lost" when the stream told it nothing, or nothing it can use, "bye" when it goes. A browser may bring
 * back a page that went: it is "lost" then.
 */
onconnect = ({ ports: [page] }) => {
  page.onmessage = ({ data }) => {
    if (data === 'bye') {
      pages.delete(page);
      return;
    }
    pages.add(page);
    lost();
  };
  pages.add(page);
  if (newest) page.postMessage({ whole: JSON.stringify(newest) });
  listen();
};
