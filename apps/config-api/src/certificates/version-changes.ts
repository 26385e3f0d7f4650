import {
  type AccountId,
  type Certificate,
  type CertificateChanged,
  type Command,
  type CommandContext,
  type VersionRecordIds,
} from '@mtls-gateway/domain'
import type { AccountWriter } from '@mtls-gateway/registry'
import { isCertainlyUndone } from '../changes/undone-change.ts'
import type { VersionRecords } from './version-records.ts'

/** Changes of one certificate, and of the records that its versions name. */
export class VersionChanges {
  readonly #writer: AccountWriter
  readonly #records: VersionRecords

  constructor(writer: AccountWriter, records: VersionRecords) {
    this.#writer = writer
    this.#records = records
  }

  /**
   * Makes the change and purges what it has un-named.
   * @param written records that only this change names: they go where it is certainly not made
   * @throws CodedError of the command, and of {@link AccountWriter.change}
   */
  async make(
    account: AccountId,
    context: CommandContext,
    command: Command<CertificateChanged>,
    written?: Partial<VersionRecordIds>,
  ): Promise<Certificate> {
    try {
      const { result } = await this.#writer.change(account, context.changeId, command)
      if (result.dropped) await this.#records.purge(account, [result.dropped])
      return result.certificate
    } catch (error) {
      if (written && isCertainlyUndone(error)) await this.#records.purge(account, [written])
      throw error
    }
  }
}
