import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { CliFailure } from '../../cli-failure.ts'
import { connect } from '../../http/connection.ts'
import { confirmDeletion } from '../../input/confirm-deletion.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { yesOption } from '../../options/yes-option.ts'

export function removeNoticeCommand(context: CliContext) {
  const command = new Command('remove')
    .summary('tell somebody no longer')
    .description('Removes somebody who is told what happens in the account.')
    .argument('<id>', 'as mtls notices list shows it')
    .addOption(yesOption('remove'))
    .addHelpText('after', examples('mtls notices remove kVw7tEn0ZJqf3v0gkWq2mU'))
  return withConnection(command).action(async (noticeId, { yes, ...options }) => {
    const { configApi } = await connect(options, context)
    const { body, etag } = await configApi.getSettings()
    const removed = body.notices.find(({ id }) => id === noticeId)
    if (!removed) {
      const known = body.notices.map(({ id, to }) => `${id} (${to})`).join(', ') || 'none'
      const advice = 'To see them all: mtls notices list.'
      throw new CliFailure('refused', `Nobody who is told has the id ${noticeId}. There is ${known}. ${advice}`)
    }
    await confirmDeletion(context, `${removed.channel} ${removed.to}`, yes)
    const notices = body.notices.filter(({ id }) => id !== noticeId).map(({ id, channel }) => ({ id, channel }))
    const set = await configApi.changeSettings({ body: { notices }, ifMatch: etag })
    context.output.answer(set, () => `${removed.to} is told no longer.`)
  })
}
