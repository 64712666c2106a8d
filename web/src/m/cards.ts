// How a site's card looks today.
import { i18n } from '../i18n/i18n.svelte';
import { age, clock } from '../lib/time';
import type { LampState } from '../ui/Lamp.svelte';
import type { Card } from './phone.svelte';
import { w } from './words';

/** Green once today's receipt is in; red and amber for what needs a person or waits; else hollow. */
export function lampOf(card: Card): LampState {
  if ((card.today ?? 0) > 0) return 'kept';
  if (card.refused > 0) return 'bad';
  if (card.waiting > 0) return 'late';
  return card.today === null ? 'unknown' : 'waiting';
}

/** The card's line in words, piece by piece. */
export function linesOf(card: Card): string[] {
  const said: string[] = [];
  const last = card.last;
  if (card.today === null) said.push(w('card.unknown'));
  else if (card.today === 0) said.push(w('card.waiting'));
  else if (last) said.push(w('card.kept.at', { n: card.today, at: clock(last) }));
  else said.push(w('card.kept', { n: card.today }));
  if (card.waiting > 0) said.push(w('card.pending', { n: card.waiting }));
  if (card.refused > 0) said.push(w('card.refused', { n: card.refused }));
  if (card.today === 0) said.push(last ? w('card.last', { at: age(last, i18n.lang) }) : w('card.never'));
  return said;
}

