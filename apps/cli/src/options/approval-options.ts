import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'
import type { SettingsRequest } from '@mtls-gateway/contract'
import { CliFailure } from '../cli-failure.ts'
import { repeatable, repeatableChoice } from './repeatable.ts'

type ApprovalRule = NonNullable<SettingsRequest['approvals']>
type ApprovalAction = ApprovalRule['actions'][number]

/** As a record, of which the compiler wants every action. */
const actions: Readonly<Record<ApprovalAction, true>> = {
  ...{ promote: true, 'target-host': true, 'target-credentials': true },
  ...{ 'app-key-forward': true, 'invite-admin': true },
}
// What a record is made of is its keys.
const approvalActions = Object.keys(actions) as readonly ApprovalAction[]

/** No interface: Commander asks for a type with an index signature. */
type ApprovalOptions = {
  readonly requireApproval: readonly ApprovalAction[]
  readonly approver: readonly string[]
  readonly approverScope?: ApprovalRule['scope']
  readonly approvalsExpireAfter?: string | undefined
  readonly removeApprovals?: true | undefined
}

/** What of the account needs a second person's word, and whose. */
export function withApprovals<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
): Command<Args, Options & ApprovalOptions, Globals> {
  command
    .addOption(
      repeatableChoice('--require-approval <action>', 'what needs the approval of another person', approvalActions),
    )
    .addOption(
      repeatable('--approver <subject>', 'who may approve, by the subject of their token; default: by scope', String),
    )
    .addOption(
      new Option('--approver-scope <scope>', 'what it takes to approve; default: mtls:admin').choices([
        'mtls:read',
        'mtls:write',
        'mtls:admin',
      ] as const),
    )
    .option('--approvals-expire-after <time>', 'how long a request waits at most, such as 3d')
    .addOption(
      new Option('--remove-approvals', 'nothing needs approval any more').conflicts([
        ...['requireApproval', 'approver', 'approverScope', 'approvalsExpireAfter'],
      ]),
    )
  // As the methods would say it, in a type that the compiler finds too long.
  return command as unknown as Command<Args, Options & ApprovalOptions, Globals>
}

/** As the API takes them. @throws CliFailure */
export function approvalsOf(options: ApprovalOptions): SettingsRequest['approvals'] {
  const { requireApproval, approver: approvers, approverScope: scope, approvalsExpireAfter } = options
  if (options.removeApprovals) return null
  if (requireApproval.length > 0) {
    return {
      actions: [...requireApproval],
      ...(approvers.length > 0 && { approvers: [...approvers] }),
      ...(scope && { scope }),
      ...(approvalsExpireAfter && { expiresAfter: approvalsExpireAfter }),
    }
  }
  if (approvers.length === 0 && scope === undefined && approvalsExpireAfter === undefined) return undefined
  throw new CliFailure('wrongUse', 'Say what needs approval, too: --require-approval ACTION.')
}
