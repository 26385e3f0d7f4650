import type { RecordId } from '@mtls-gateway/domain'
import { readRecord } from './read-record.ts'
import { RecordReader, type RecordReaderOptions } from './record-reader.ts'

/** The CA certificates that mappings trust: PEM, one after the other. */
export class CaCertificateReader extends RecordReader<RecordId, string | undefined> {
  constructor(options: RecordReaderOptions) {
    super(options, {
      idOf: (caRecordId) => caRecordId,
      read: async (store, accountId, id) => {
        const record = await readRecord(store, 'chains', accountId, id)
        return record && [record.leaf, ...record.chain].join('')
      },
      bytes: (pem) => pem.length,
      isNamed: (snapshot, id) => snapshot.caRecordIds.has(id),
    })
  }
}
