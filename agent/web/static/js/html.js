/**
 * Markup as tagged templates: htm bound to preact's h. Text put into a template is always text, never markup, and never
 * has marks that turn the line around: a name may come from anywhere. The joiners stay, scripts need them; and a pair of marks
 * around a name, which keeps to itself what is within (i18n.js sets it).
 */
import { h } from '../vendor/preact.js';
import htm from '../vendor/htm.js';

const MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2067]/g;
const ALONE = /\u2068(?![^\u2068\u2069]*\u2069)|(?<!\u2068[^\u2068\u2069]*)\u2069/g;

const harmless = (child) => {
  if (typeof child === 'string') return child.replace(MARKS, '').replace(ALONE, '');
  return Array.isArray(child) ? child.map(harmless) : child;
};

export const html = htm.bind((type, props, ...children) => h(type, props, ...children.map(harmless)));
