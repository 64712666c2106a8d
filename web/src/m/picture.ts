// A picture as the camera or the album gave it.
import { believed, type Fix } from './ground';
import type { Shot, Spot } from './shot';

/** A file this young came from the camera just now; older ones are out of the album, whatever the button said, ms. */
const fresh = 5 * 60_000;
const thumbSide = 168;

/**
 * What the phone knows of where and when. Of an album picture it knows neither: where the
 * phone is now says nothing about it, and its file date may be that of a copy.
 */
export function seen(
  file: { lastModified: number },
  asked: Shot['source'],
  fix: Fix | null,
  now: number,
): { source: Shot['source']; taken_at: number | null; spot: Spot | null } {
  if (asked === 'album' || Math.abs(now - file.lastModified) > fresh) return { source: 'album', taken_at: null, spot: null };
  const at = believed(fix, now);
  return {
    source: 'camera',
    taken_at: Math.min(now, file.lastModified),
    spot: at && { at: at.at, accuracy_m: at.accuracy_m, time: at.time },
  };
}

/** A small JPEG of the picture, or null where this phone cannot decode it (HEIC in Chrome). */
export async function thumbnail(bytes: ArrayBuffer, type: string): Promise<ArrayBuffer | null> {
  try {
    const whole = await createImageBitmap(new Blob([bytes], { type }), { resizeWidth: thumbSide * 2, resizeQuality: 'medium' });
    const side = Math.min(whole.width, whole.height);
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = thumbSide;
    canvas.getContext('2d')?.drawImage(
      whole, (whole.width - side) / 2, (whole.height - side) / 2, side, side, 0, 0, thumbSide, thumbSide,
    );
    whole.close();
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.7));
    return blob ? await blob.arrayBuffer() : null;
  } catch {
    return null;
  }
}
