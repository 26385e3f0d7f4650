import type { RecordId } from '@mtls-gateway/domain'
import { readRecord } from './read-record.ts'
import { RecordReader, type RecordReaderOptions } from './record-reader.ts'

/** Secrets of app keys, by the key. They count only while the account lists the key: ask its snapshot first. */
export class AppSecretReader extends RecordReader<RecordId, string | undefined> {
  constructor(options: RecordReaderOptions) {
    super(options, {
      idOf: (appKeyId) => appKeyId,
      read: async (store, accountId, id) => (await readRecord(store, 'app-keys', accountId, id))?.secret,
      bytes: (secret) => secret.length,
      isNamed: (snapshot, id) => snapshot.findAppKey(id) !== undefined,
    })
  }
}
