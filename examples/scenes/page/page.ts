/** The game in a web page: the same loop, drawn, with a button that changes the scene and the counts of what is alive. */
/// <reference lib="dom" />
import 'reflect-metadata';
import { Game, MOST_COLLISIONS } from '../game.js';
import { Chart } from './chart.js';
import { find } from './find.js';
import { Picture } from './picture.js';

const BODIES = 500;
/** Milliseconds for which the stage is empty between two scenes. */
const INTERLUDE = 1200;
/** Milliseconds from one look at the counts to the next. */
const LOOK = 200;

const game = new Game(BODIES);
const picture = new Picture(find('picture', HTMLCanvasElement));
const chart = new Chart(find('chart', HTMLCanvasElement), [
  { color: '#7cc4ff', most: BODIES },
  { color: '#c9a0ff', most: BODIES / 10 },
  { color: '#ffb454', most: MOST_COLLISIONS },
]);
const change = find('change', HTMLButtonElement);
const drain = find('drain', HTMLInputElement);

/** When the next scene begins, while the stage is empty. */
let opening: number | undefined;
let before = performance.now();
let looked = 0;

change.addEventListener('click', () => {
  game.leave();
  change.disabled = true;
  opening = performance.now() + INTERLUDE;
  tellLeft();
  look();
});

game.change();
requestAnimationFrame(frame);

function frame(now: number): void {
  requestAnimationFrame(frame);
  const elapsed = Math.max(0, now - before);
  before = now;
  if (opening !== undefined && now >= opening) {
    opening = undefined;
    change.disabled = false;
    game.change();
  }
  game.advance(elapsed);
  if (drain.checked) game.drain();
  picture.draw(game.scene?.world);
  if (now - looked < LOOK) return;
  looked = now;
  look();
}

/** Shows what is alive now. */
function look(): void {
  const { scene, queued } = game;
  const { handlers, timers } = game.census();
  const tasks = scene === undefined ? 0 : scene.stage.begun - scene.stage.ended;
  show('scene', scene?.stage.name ?? 'between two scenes');
  show('tasks', tasks);
  show('handlers', handlers);
  show('timers', timers);
  show('queued', queued);
  show('collisions', scene?.stage.collisions ?? 0);
  show('turns', scene?.stage.turns ?? 0);
  chart.add([tasks, handlers, queued]);
}

/** Adds a line about the scene that was left last. */
function tellLeft(): void {
  const last = game.left.at(-1);
  if (last === undefined) return;
  const { stage, tasks, queued, after } = last;
  const row = find('left', HTMLTableSectionElement).insertRow(0);
  row.dataset['scene'] = stage.name;
  const alive = stage.begun - stage.ended + after.handlers + after.timers + after.inFlight;
  for (const text of [stage.name, tasks, queued, alive, stage.late.length])
    row.insertCell().textContent = String(text);
}

function show(id: string, value: string | number): void {
  find(id, HTMLElement).textContent = String(value);
}
