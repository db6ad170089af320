// A case: what the server takes as X-Case (src/http/claims.cc): the number of a ticket or order, never a value.
const shape = /^[A-Za-z0-9\-_.#/]{1,40}$/;

export function caseIsFine(text: string): boolean {
  const digits = text.replace(/\D/g, '').length;
  return text === '' || (shape.test(text) && digits >= 1 && digits <= 7);
}
