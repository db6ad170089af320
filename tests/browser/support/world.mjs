// One server and one browser for a file of tests.
import { after, before } from 'node:test';
import { newPage, startBrowser } from './browser.mjs';
import { startServer } from './server.mjs';

// `prepare(world)` makes what all its tests need.
export function useWorld(prepare = async () => undefined, start = startServer) {
  const world = {};
  before(async () => {
    world.server = await start();
    world.browser = await startBrowser();
    world.page = (options) => newPage(world.browser, world.server.url, options);
    await prepare(world);
  }, { timeout: 180_000 });
  after(async () => {
    await world.browser?.close();
    await world.server?.stop();
  });
  return world;
}
