// The lamps of ui/Lamp and ui/StepMark once more, as pictures that the map can draw ten thousand times.
import { steps } from '../lib/board';
import type { Palette } from './palette';

/** What a mark is called in the style: `kept` … `unknown` for today, `plan` … `run` for the stage. */
export interface Mark { name: string; image: ImageData }

/** Pixels of a mark's picture per pixel of the screen. */
export const sharpness = 3;
const size = 20;

type Draw = (c: CanvasRenderingContext2D) => void;

export function marks(p: Palette): Mark[] {
  const drawn: Record<string, Draw> = {
    kept: (c) => {
      c.arc(10, 10, 6.4, 0, 2 * Math.PI);
      solid(c, p.good, p.halo);
    },
    waiting: (c) => {
      c.arc(10, 10, 5.6, 0, 2 * Math.PI);
      c.fillStyle = p.halo;
      c.fill();
      outline(c, p.halo, 5);
      outline(c, p.todo, 2.6);
    },
    late: (c) => {
      c.moveTo(10, 2.6);
      c.lineTo(17.6, 16);
      c.lineTo(2.4, 16);
      c.closePath();
      solid(c, p.warn, p.halo);
    },
    unknown: (c) => {
      diamond(c, 7.6);
      c.fillStyle = p.halo;
      c.fill();
      c.save();
      c.clip();
      c.beginPath();
      for (let x = -20; x < 20; x += 3.6) {
        c.moveTo(x, 0);
        c.lineTo(x + 20, 20);
      }
      outline(c, p.none, 1.2);
      c.restore();
      c.beginPath();
      diamond(c, 7.6);
      outline(c, p.none, 1.6);
    },
  };
  steps.forEach((step, i) => {
    drawn[step] = (c) => {
      const level = (12 * i) / 4;
      c.roundRect(4, 4, 12, 12, 2);
      c.fillStyle = p.halo;
      c.fill();
      outline(c, p.halo, 4);
      c.fillStyle = p.stage[i] ?? p.none;
      c.fillRect(4, 16 - level, 12, level);
      outline(c, p.stage[2], 1.8);
    };
  });
  return Object.entries(drawn).map(([name, draw]) => ({ name, image: picture(size, draw) }));
}

/** A tile of diagonal lines: what is hatched is not known. */
export function hatch(p: Palette): ImageData {
  return picture(8, (c) => {
    for (const x of [-8, 0, 8]) {
      c.moveTo(x, 8);
      c.lineTo(x + 8, 0);
    }
    outline(c, p.none, 1);
  });
}

function picture(side: number, draw: Draw): ImageData {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side * sharpness;
  const c = canvas.getContext('2d', { willReadFrequently: true });
  if (!c) return new ImageData(canvas.width, canvas.height);
  c.scale(sharpness, sharpness);
  c.lineJoin = 'round';
  c.beginPath();
  draw(c);
  return c.getImageData(0, 0, canvas.width, canvas.height);
}

function solid(c: CanvasRenderingContext2D, fill: string, halo: string) {
  outline(c, halo, 3);
  c.fillStyle = fill;
  c.fill();
}

function outline(c: CanvasRenderingContext2D, colour: string, width: number) {
  c.strokeStyle = colour;
  c.lineWidth = width;
  c.stroke();
}

function diamond(c: CanvasRenderingContext2D, r: number) {
  c.moveTo(10, 10 - r);
  c.lineTo(10 + r, 10);
  c.lineTo(10, 10 + r);
  c.lineTo(10 - r, 10);
  c.closePath();
}
