// The pictures in docs/screenshots: `./dev screenshots`; or, to be looked through, those of every page in both sizes and
// themes: `./dev screenshots DIR`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { newPage, startBrowser } from './support/browser.mjs';
import { invite, signIn } from './support/people.mjs';
import { root, startServer } from './support/server.mjs';
import { enrolmentSteps, furnish, views } from './support/views.mjs';

const everything = process.argv[2];
const folder = everything ?? join(root, 'docs/screenshots');
const narrow = { width: 390, height: 844 };
const wide = { width: 1280, height: 800 };
const english = 'en-GB', swedish = 'sv-SE', chinese = 'zh-CN';
// [view, size, theme, language]; what one asks comes before what a colleague answers.
const pictures = [
  ['sign-in', wide, 'light', english],
  ['hits', wide, 'light', swedish],
  ['hits', narrow, 'dark', chinese],
  ['shown', wide, 'light', english],
  ['compare', narrow, 'light', swedish],
  ['paper', wide, 'light', english],
  ['ask', wide, 'dark', english],
  ['answer', narrow, 'dark', swedish],
  ['staff', wide, 'light', swedish],
  ['review', wide, 'dark', chinese],
  ['tester', wide, 'light', english],
  ['log', wide, 'dark', english],
  ['score', wide, 'light', chinese],
];

// What `./dev screenshots DIR` looks at: each size and theme once in each of the languages that stretch a page most.
const looks = [[wide, 'light', swedish], [wide, 'dark', chinese], [narrow, 'light', chinese], [narrow, 'dark', swedish]];

async function take(page, name, { width }, theme, locale) {
  await page.waitForTimeout(300); // transitions
  const file = `${name}-${width}-${theme}-${locale.slice(0, 2)}.png`;
  await page.screenshot({ path: join(folder, file) });
  console.log(file);
}

async function takeEverything(world, people) {
  for (const look of looks) {
    const [size, theme, locale] = look;
    const pages = {};
    for (const [name, person, arrive] of views) {
      const options = { ...size, theme, locale };
      pages[person] ??= person ? await signIn(world, people[person], options) : await world.page(options);
      await arrive(pages[person], people);
      await take(pages[person], name, ...look);
    }
    const page = await world.page({ ...size, theme, locale });
    const invited = await invite(world.server, `astrid-${size.width}-${theme}`, { roles: ['support'], displayName: 'Astrid Öberg' });
    await enrolmentSteps(world, invited, page, (step) => take(page, step, ...look));
    await page.context().close();
    for (const opened of Object.values(pages)) await opened.context().close();
  }
}

async function takeChosen(world, people) {
  for (const [name, size, theme, locale] of pictures) {
    const [, person, arrive] = views.find(([view]) => view === name);
    const options = { ...size, theme, locale };
    const page = person ? await signIn(world, people[person], options) : await world.page(options);
    await arrive(page, people);
    await take(page, name, size, theme, locale);
    await page.context().close();
  }
  const invited = await invite(world.server, 'astrid', { roles: ['support'], displayName: 'Astrid Öberg' });
  const page = await world.page({ ...narrow, theme: 'light', locale: swedish });
  await enrolmentSteps(world, invited, page, async (step) => { if (step === 'enrol-app') await take(page, step, narrow, 'light', swedish); });
}

const world = { server: await startServer() };
try {
  world.browser = await startBrowser('--hide-scrollbars');
  world.page = (options) => newPage(world.browser, world.server.url, options);
  mkdirSync(folder, { recursive: true });
  const people = await furnish(world);
  await (everything ? takeEverything : takeChosen)(world, people);
} finally {
  await world.browser?.close();
  await world.server.stop();
}
