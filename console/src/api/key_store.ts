// Where the session's key outlives a reload: as a CryptoKey in IndexedDB, which keeps it without showing its bytes.
// One database, one row, nothing else.

const place = { database: 'strongroom', table: 'keys', row: 'session' };

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
