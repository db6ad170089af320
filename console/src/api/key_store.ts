// Where the session's key outlives a reload: as a CryptoKey in IndexedDB, which keeps it without showing its bytes.
// One database, one row; a second one while the browser is away at the company's identity provider.

const place = { database: 'strongroom', table: 'keys', row: 'session', away: 'sign-on' };

// A sign-in that waits for the browser to come back.
export interface Away {
  privateKey: CryptoKey;
  publicText: string;
  transaction: string;
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(place.database, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(place.table);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function run<T>(mode: IDBTransactionMode, work: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const request = work(database.transaction(place.table, mode).objectStore(place.table));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    database.close();
  }
}

export const keepKey = (key: CryptoKey) => run('readwrite', (table) => table.put(key, place.row));
export const dropKey = () => run('readwrite', (table) => table.delete(place.row));
export async function findKey(): Promise<CryptoKey | undefined> {
  const found: unknown = await run('readonly', (table) => table.get(place.row));
  return found instanceof CryptoKey ? found : undefined;
}

export const keepAway = (away: Away) => run('readwrite', (table) => table.put(away, place.away));
// Once: whoever comes back a second time begins anew.
export async function takeAway(): Promise<Away | undefined> {
  const found: unknown = await run('readonly', (table) => table.get(place.away));
  await run('readwrite', (table) => table.delete(place.away));
  return found as Away | undefined;
}
