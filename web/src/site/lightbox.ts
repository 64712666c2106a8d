// Photos one by one, large, with their times below.
import 'photoswipe/style.css';
import type PhotoSwipeLightbox from 'photoswipe/lightbox';
import type { Photo } from '../api/types';
import { i18n, t } from '../i18n/i18n.svelte';
import { exact } from '../lib/time';
import { flagWords } from './flags';

/** The longer side of the large derivative, pixels. */
const large = 1600;

/** Opens the photo with this id; closing gives the focus back to where it was. */
export async function openLightbox(photos: readonly Photo[], id: string, from: HTMLElement): Promise<void> {
  const [{ default: Lightbox }, pswp] = await Promise.all([import('photoswipe/lightbox'), import('photoswipe')]);
  const box: PhotoSwipeLightbox = new Lightbox({
    dataSource: photos.map((p) => ({ ...fit(p), ...(p.derivatives === 'done' ? { src: p.urls.large, msrc: p.urls.thumb } : { src: p.urls.original }), alt: caption(p) })),
    pswpModule: pswp.default,
    showHideAnimationType: 'none',
    padding: { top: 48, right: 0, bottom: 52, left: 0 },
    closeTitle: t('do.close'), zoomTitle: t('photos.zoom'), arrowPrevTitle: t('photos.prev'), arrowNextTitle: t('photos.next'),
    errorMsg: t('photos.failed'),
  });
  box.on('uiRegister', () => {
    box.pswp?.ui?.registerElement({
      name: 'caption', order: 9, isButton: false, appendTo: 'root',
      onInit: (el, shown) => {
        el.className = 'pswp-caption';
        shown.on('change', () => {
          const p = photos[shown.currIndex];
          el.textContent = p ? caption(p) : '';
        });
      },
    });
  });
  box.on('destroy', () => from.focus());
  box.init();
  box.loadAndOpen(Math.max(0, photos.findIndex((p) => p.id === id)));
}

function caption(p: Photo): string {
  return [
    p.taken_at ? `${t('photos.taken')} ${exact(p.taken_at)}` : t('photos.notime'),
    `${t('photos.received')} ${exact(p.received_at)}`,
    p.person.name,
    p.camera,
    ...p.flags.map((flag) => flagWords(flag, i18n.lang).short),
  ].filter(Boolean).join('  ·  ');
}

/** Upright size of what is shown: derivatives are turned already, and a browser turns an original by its EXIF. */
function fit(p: Photo): { width: number; height: number } {
  const [w, h] = p.orientation >= 5 ? [p.height, p.width] : [p.width, p.height];
  const scale = p.derivatives === 'done' ? Math.min(1, large / Math.max(w, h, 1)) : 1;
  return { width: Math.round(w * scale) || large, height: Math.round(h * scale) || (large * 3) / 4 };
}
