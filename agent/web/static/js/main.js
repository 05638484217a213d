/** Starts the cashier's page: words, theme, keys, live stream, and the screen. */
import { render } from '../vendor/preact.js';
import { App } from './app.js';
import { startBillFound } from './bill_found.js';
import { html } from './html.js';
import { loadWords } from './i18n.js';
import { startKeys } from './keys.js';
import { startSignedIn } from './signed_in.js';
import { startSounds } from './sound.js';
import { startStream } from './stream.js';
import { startTimes } from './times.js';
import { startWeighAsked } from './weigh_asked.js';

const asked = new URLSearchParams(location.search);

const theme = asked.get('theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;

const lang = asked.get('lang') ?? 'till';
await loadWords(/^[a-z]{2,4}(-[a-z]{2,8})?$/i.test(lang) ? lang : 'till');
const place = document.getElementById('app');
place.replaceChildren();
render(html`<${App} />`, place);
startKeys();
startSounds();
startBillFound();
startWeighAsked();
startTimes();
startStream();
startSignedIn();
