import {
  type AccountId,
  type Certificate,
  type CertificateChanged,
  type Command,
  type CommandContext,
  type VersionRecordIds,
} from '@mtls-gateway/domain'
import { type AccountWriter, recordsOfVersion } from '@mtls-gateway/registry'

/** Changes of one certificate, and of the records that its versions name. */
export class VersionChanges {
  readonly #writer: AccountWriter

  constructor(writer: AccountWriter) {
    this.#writer = writer
  }

  /**
   * @param written a version that only this change names: its records go where the change is certainly not made
   * @throws CodedError of the command, and of {@link AccountWriter.change}
   */
  async make(
    account: AccountId,
    context: CommandContext,
    command: Command<CertificateChanged>,
    written?: Partial<VersionRecordIds>,
  ): Promise<Certificate> {
    const recordsOf = (version: Partial<VersionRecordIds> | undefined) =>
      version === undefined ? [] : recordsOfVersion(account, version)
    const { result } = await this.#writer.change(account, context.changeId, command, {
      written: recordsOf(written),
      dropped: ({ dropped }) => recordsOf(dropped),
    })
    return result.certificate
  }
}
