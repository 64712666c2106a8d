// Dark for the wall, light for desks and phones: the browser's wish, unless somebody chose.
export type Choice = 'auto' | 'light' | 'dark';

const kept = 'guatu.theme';
const wish = window.matchMedia('(prefers-color-scheme: dark)');
let choice = $state<Choice>(remembered());
let wished = $state(wish.matches);

export const theme = {
  get choice(): Choice {
    return choice;
  },
  set choice(next: Choice) {
    choice = next;
    try {
      localStorage.setItem(kept, next);
    } catch {
      // A browser that keeps nothing still switches.
    }
    apply();
  },
  /** What is shown now. */
  get now(): 'light' | 'dark' {
    return choice === 'auto' ? (wished ? 'dark' : 'light') : choice;
  },
};

wish.addEventListener('change', (e) => {
  wished = e.matches;
  apply();
});
apply();

function apply() {
  document.documentElement.dataset['theme'] = theme.now;
}

function remembered(): Choice {
  try {
    const was = localStorage.getItem(kept);
    return was === 'light' || was === 'dark' ? was : 'auto';
  } catch {
    return 'auto';
  }
}
