// Where the phone is, watched as long as the page is looked at.
import type { Fix } from './ground';

export type PositionState = 'asking' | 'on' | 'denied' | 'unavailable' | 'unsupported';

export class Position {
  state = $state<PositionState>('asking');
  /** The latest fix, however old; `believed` judges it. */
  fix = $state.raw<Fix | null>(null);
  #watch: number | null = null;

  /** Watches; calling again starts over, which phones need after a sleep and after a permission was given. */
  start = (): void => {
    this.stop();
    if (!('geolocation' in navigator)) {
      this.state = 'unsupported';
      return;
    }
    this.#watch = navigator.geolocation.watchPosition(
      ({ coords, timestamp }) => {
        this.fix = { at: [coords.longitude, coords.latitude], accuracy_m: coords.accuracy, time: timestamp };
        this.state = 'on';
      },
      (err) => {
        if (err.code === err.PERMISSION_DENIED) this.state = 'denied';
        else if (this.fix === null) this.state = 'unavailable';
      },
      { enableHighAccuracy: true, maximumAge: 10_000, timeout: 20_000 },
    );
  };

  stop = (): void => {
    if (this.#watch !== null) navigator.geolocation.clearWatch(this.#watch);
    this.#watch = null;
  };
}
