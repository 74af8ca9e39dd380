/** For `npx carillon`: the game with a scene of one body, at its first step. */
import 'reflect-metadata';
import type { ScopedContainer } from 'carillon/inversify';
import { Game } from './game.js';

export function container(): ScopedContainer | undefined {
  const game = new Game(1);
  game.change();
  return game.scene?.container;
}
