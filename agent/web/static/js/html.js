/** Markup as tagged templates: htm bound to preact's h. Text put into a template is always text, never markup. */
import { h } from '../vendor/preact.js';
import htm from '../vendor/htm.js';

export const html = htm.bind(h);
