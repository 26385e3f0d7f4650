import {
  type AccountId,
  type Certificate,
  type CertificateChanged,
  type Command,
  type CommandContext,
  type VersionRecordIds,
} from '@mtls-gateway/domain'
import { type AccountWriter, recordsOfVersion } from '@mtls-gateway/registry'

/** Changes one certificate and the records of its versions. */
export class VersionChanges {
  readonly #writer: AccountWriter

  constructor(writer: AccountWriter) {
    this.#writer = writer
  }

  /**
   * @param written a version that only this change refers to: its records are purged if the change was certainly not
   *   made
   * @throws CodedError of the command, and of {@link AccountWriter.change}
   */
  async make(
    account: AccountId,
    context: CommandContext,
    command: Command<CertificateChanged>,
    written?: Partial<VersionRecordIds>,
  ): Promise<Certificate> {
    return (await this.makeWhole(account, context, command, written)).certificate
  }

  /** As {@link make}, with the account's mappings where they were changed with it. */
  async makeWhole(
    account: AccountId,
    context: CommandContext,
    command: Command<CertificateChanged>,
    written?: Partial<VersionRecordIds>,
  ): Promise<CertificateChanged> {
    const recordsOf = (version: Partial<VersionRecordIds> | undefined) =>
      version === undefined ? [] : recordsOfVersion(account, version)
    const { result } = await this.#writer.change(account, context.changeId, command, {
      written: recordsOf(written),
      dropped: ({ dropped }) => recordsOf(dropped),
    })
    return result
  }
}
