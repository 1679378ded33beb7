/** A page of source code, a page of settings, and two templates filled with dummy text. */
import { escape } from '../html.ts'
import { frame } from './frame.ts'
import type { RejectedPage } from './frame.ts'

const CODE = `function Queue(limit) {
  this.items = []; this.limit = limit || 64;
}
Queue.prototype = {
  push: function (item) { if (this.items.length >= this.limit) { this.items.shift(); } this.items.push(item); return this; },
  drain: function (each) { while (this.items.length) { each(this.items.shift()); } },
  size: function () { return this.items.length; }
};
var q = new Queue(8);
for (var i = 0; i < 20; i++) { q.push({ id: i, label: 'job-' + i, done: false }); }
q.drain(function (job) { if (job && job.id % 2 === 0) { console.log(job.label); } else { job.done = true; } });
module.exports = { Queue: Queue, version: '0.3.1' };`

const SETTINGS = Array.from(
  { length: 60 },
  (_, i) => `"option_${i}": { "type": "${i % 2 === 0 ? 'int' : 'flag'}", "value": ${i * 7} },`,
).join('\n')

const DUMMY =
  'Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat. Duis aute irure dolor in reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur.'

const WELCOME =
  'Welcome to your new theme. This page shows how a long text will look once you have written it, with the sizes and colours that you chose in the panel on the left. Replace what you see below with something of your own, and have a look at it on a telephone before you publish it.'

const page = (url: string, title: string, main: string): RejectedPage => ({
  url,
  category: 'code-like',
  lang: 'en',
  reasons: ['quality/', 'language/', 'no-main-text'],
  html: frame({ url, lang: 'en', title }, main),
})

export function codePages(): RejectedPage[] {
  return [
    page(
      'https://snippets.tinyqueue.example/raw/queue.js.html',
      'queue.js',
      `<pre><code>${escape(CODE)}</code></pre>`.repeat(2),
    ),
    page('https://config-dump.example/defaults', 'Default settings', `<pre>{\n${escape(SETTINGS)}\n}</pre>`),
    page(
      'https://demo.themeshop.example/blog/hello-world',
      'Hello world',
      `<article><p>${WELCOME}</p>${`<p>${DUMMY}</p>`.repeat(3)}</article>`,
    ),
    page(
      'https://staging.nordlight.example/about',
      'About us',
      `<div class="about"><p>${DUMMY}</p><p>${WELCOME}</p><p>${DUMMY.slice(0, 124)}</p></div>`,
    ),
  ]
}
