/** Counts over time, one line for each. */
/// <reference lib="dom" />

/** How a count is drawn: in that colour, and so that the most of it reaches the top. */
export interface Line {
  readonly color: string;
  readonly most: number;
}

/** The oldest counts leave it on the left. */
export class Chart {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #lines: readonly Line[];
  #counts: (readonly number[])[] = [];

  constructor(canvas: HTMLCanvasElement, lines: readonly Line[]) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d') as CanvasRenderingContext2D;
    this.#lines = lines;
  }

  /** One count for each of the lines. */
  add(counts: readonly number[]): void {
    this.#counts = [...this.#counts, counts].slice(-this.#canvas.width / 3);
    const { width, height } = this.#canvas;
    this.#context.clearRect(0, 0, width, height);
    for (const [index, { color, most }] of this.#lines.entries()) {
      this.#context.strokeStyle = color;
      this.#context.lineWidth = 2;
      this.#context.beginPath();
      for (const [place, all] of this.#counts.entries()) {
        this.#context.lineTo(
          3 * place,
          height - 2 - (Math.min(all[index] ?? 0, most) / most) * (height - 4),
        );
      }
      this.#context.stroke();
    }
  }
}
