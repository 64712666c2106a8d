// Short news at the foot of the page, with an undo where there is one.

export interface Toast { id: number; text: string; kind: 'good' | 'bad' | 'plain'; undo?: { label: string; act: () => void } }

let next = 1;
let list = $state<Toast[]>([]);

export const toasts = {
  get list(): readonly Toast[] {
    return list;
  },
};

/** Shows text for six seconds, ten where it can be undone. */
export function toast(text: string, kind: Toast['kind'] = 'plain', undo?: Toast['undo']): void {
  const id = next++;
  list = [...list.slice(-3), { id, text, kind, ...(undo ? { undo } : {}) }];
  setTimeout(() => dismiss(id), undo ? 10_000 : 6_000);
}

export function dismiss(id: number): void {
  list = list.filter((one) => one.id !== id);
}
