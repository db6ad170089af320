import type { IconName } from '../ui/icon';

const names = [
  'find', 'paper', 'colleagues', 'staff', 'registers', 'devices', 'networks', 'review', 'catalogue', 'policy', 'log', 'score',
  'health', 'account', 'nowhere',
] as const;
export type PageId = (typeof names)[number];

export const isPage = (name: string): name is PageId => name !== 'nowhere' && (names as readonly string[]).includes(name);

export interface NavEntry {
  page: PageId;
  icon: IconName;
  key: string; // pressed after g
  needs: string[]; // any of these actions
}

export const navigation: { group: 'work' | 'people' | 'rules' | 'watch'; entries: NavEntry[] }[] = [
  {
    group: 'work',
    entries: [
      { page: 'find', icon: 'search', key: 'f', needs: ['customer.search', 'customer.read'] },
      { page: 'paper', icon: 'blackout', key: 'b', needs: ['paper.redact'] },
      { page: 'colleagues', icon: 'handshake', key: 'c', needs: ['approval.read', 'approval.ask'] },
    ],
  },
  {
    group: 'people',
    entries: [
      { page: 'staff', icon: 'people', key: 's', needs: ['staff.read'] },
      { page: 'registers', icon: 'book', key: 'r', needs: ['register.read'] },
      { page: 'devices', icon: 'laptop', key: 'd', needs: ['device.read'] },
      { page: 'networks', icon: 'network', key: 'n', needs: ['staff.read'] },
      { page: 'review', icon: 'eye', key: 'v', needs: ['review.read'] },
    ],
  },
  {
    group: 'rules',
    entries: [
      { page: 'catalogue', icon: 'tag', key: 'k', needs: ['catalogue.read'] },
      { page: 'policy', icon: 'scales', key: 'p', needs: ['policy.read'] },
    ],
  },
  {
    group: 'watch',
    entries: [
      { page: 'log', icon: 'list', key: 'l', needs: ['audit.read'] },
      { page: 'score', icon: 'gauge', key: 'o', needs: ['score.read'] },
      { page: 'health', icon: 'pulse', key: 'h', needs: ['server.status'] },
    ],
  },
];

export const mayOpen = (entry: NavEntry, may: ReadonlySet<string>) => entry.needs.some((action) => may.has(action));
