// Until the server signs people in: the browser's requests carry an API key that the test holds, and what the session may
// is answered here.  Everything else is the server's own answer.  The console has no such way in.
const mays = {
  support: ['customer.read', 'customer.search', 'customer.reveal', 'customer.compare', 'catalogue.read', 'approval.ask', 'approval.read', 'approval.decide', 'staff.self'],
  'privacy-officer': ['catalogue.read', 'catalogue.change', 'customer.read', 'customer.search', 'customer.list', 'customer.export', 'customer.erase', 'audit.read', 'disclosure.read'],
  auditor: ['audit.read', 'audit.export', 'disclosure.read', 'policy.read', 'catalogue.read'],
  administrator: ['credential.create', 'credential.read', 'policy.read', 'policy.change', 'staff.read', 'staff.invite', 'staff.vet', 'staff.change', 'staff.suspend', 'register.change'],
  operator: ['server.status', 'store.check'],
};

export const sessionOf = (role, name = 'Kim Lindqvist') => ({
  me: { id: '2549c78a5c9db084', name: 'kim', display_name: name, roles: [role], language: 'en', purposes: ['customer-service'] },
  second_factor_age_seconds: 30, expires_in_seconds: 28_800, may: mays[role], overdue: [],
});

// A key that a test made is a member of the support team; who it is, the server knows.
export async function asKey(page, server, role, own = {}) {
  const session = sessionOf(role in mays ? role : 'support');
  Object.assign(session.me, own);
  await page.route('**/v1/**', (route) => route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${server.key(role === 'operator' ? 'administrator' : role)}` } }));
  await page.route('**/v1/session', (route) => route.fulfill({ json: session }));
}
