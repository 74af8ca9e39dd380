/** Draws a world. */
/// <reference lib="dom" />
import { GUARDS } from '../behaviours.js';
import { HEIGHT, SIZE, WIDTH, type World } from '../world.js';

const GROUND = '#10151f';
const PATROL = '#4f9de0';
const GUARD = '#ffb454';

/** The canvas is as sharp as the screen. */
export class Picture {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
  }

  /** Without a world the stage is empty. */
  draw(world: World | undefined): void {
    const [canvas, context] = [this.#canvas, this.#context];
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    if (canvas.width !== width) {
      canvas.width = width;
      canvas.height = Math.round((width * HEIGHT) / WIDTH);
    }
    const scale = canvas.width / WIDTH;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = GROUND;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    if (world === undefined) this.#write('The scene has ended.');
    else this.#drawBodies(world);
  }

  #drawBodies(world: World): void {
    for (const [number, { x, y }] of world.positions()) {
      const isGuard = number % GUARDS === 0;
      const size = isGuard ? 2.4 * SIZE : 1.6 * SIZE;
      this.#context.fillStyle = isGuard ? GUARD : PATROL;
      this.#context.fillRect(x - size / 2, y - size / 2, size, size);
    }
  }

  #write(text: string): void {
    this.#context.fillStyle = '#5b6b85';
    this.#context.font = '90px system-ui, sans-serif';
    this.#context.textAlign = 'center';
    this.#context.fillText(text, WIDTH / 2, HEIGHT / 2);
  }
}
