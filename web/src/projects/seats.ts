import type { MemberRole } from '../api/types';

/** The seats of the 五个一 team, in the order in which offices list them. */
export const seats: readonly MemberRole[] = ['leader', 'officer', 'helper', 'inspector', 'owner'];
