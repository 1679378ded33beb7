/** Inline scripts as pages carry them. They do little, and none of it is text for a reader. */
import type { PageContext } from './site.ts'

export const analytics = ({ choose, article, site }: PageContext): string => `
window.dataQueue = window.dataQueue || [];
function track(){ dataQueue.push(Array.prototype.slice.call(arguments)); }
track('start', new Date().getTime()); track('config', 'UA-${choose.int(900_000) + 100_000}-${choose.int(9)}', {
  page_kind: '${article.kind}', section: '${article.topic}', site: '${site.host}', logged_in: false, experiment: '${choose.hex(10)}'
});
(function (d) { var s = d.createElement('script'); s.async = 1; s.src = 'https://stats.${site.host}/t.js?v=${choose.hex(6)}'; d.head.appendChild(s); })(document);
`

export const consent = ({ choose, site }: PageContext): string => `
(function () {
  var key = '${site.prefix}_consent_v${choose.int(5)}';
  function seen() { try { return localStorage.getItem(key) !== null } catch (e) { return true } }
  document.addEventListener('DOMContentLoaded', function () {
    var box = document.getElementById('consent'); if (!box || seen()) return;
    box.hidden = false;
    box.querySelectorAll('button').forEach(function (b) { b.onclick = function () { localStorage.setItem(key, b.value); box.remove() } });
  });
})();
`

export const menuToggle = ({ site }: PageContext): string => `
var toggles = document.getElementsByClassName('${site.prefix}-toggle');
for (var i = 0; i < toggles.length; i++) { toggles[i].addEventListener('click', function (e) { document.body.classList.toggle('menu-open'); e.preventDefault(); }); }
if (top.location != self.location) { document.write("<p>Framed pages are <b>not</b> supported<\\/p>"); }
`

export const lazyImages = (): string => `
document.querySelectorAll('img[data-src]').forEach(function (img) { if (img.getBoundingClientRect().top < 2 * innerHeight) { img.src = img.dataset.src; } });
`

/** What a rendered-on-the-server application leaves in its page: settings, routes, and titles once more. */
export function state({ site, article, related, popular, choose }: PageContext): string {
  const data = {
    buildId: choose.hex(20),
    route: { name: 'article', params: { topic: article.topic, id: choose.hex(8) } },
    flags: Object.fromEntries(
      ['ads', 'darkMode', 'paywall', 'comments', 'infiniteScroll'].map((flag) => [flag, choose.chance(0.5)]),
    ),
    site: { host: site.host, name: site.name, menu: site.menu },
    article: { title: article.title, date: article.date, author: article.author },
    recommended: [...related, ...popular].map((item) => ({
      ...item,
      score: choose.int(1000) / 1000,
      image: `/img/${choose.int(9000)}.webp`,
    })),
  }
  return JSON.stringify(data).replaceAll('<', String.raw`\u003c`)
}
