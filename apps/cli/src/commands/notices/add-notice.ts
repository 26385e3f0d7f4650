import { Argument, Command, InvalidArgumentError } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { CliFailure } from '../../cli-failure.ts'
import { connect } from '../../http/connection.ts'
import { readSecret } from '../../input/secret-input.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { repeatable, repeatableChoice } from '../../options/repeatable.ts'
import { noticeChannels, noticeEventTypes, noticeTable, noticeText } from '../../views/notice-text.ts'
import { secretNote } from '../../views/secret-note.ts'

export function addNoticeCommand(context: CliContext) {
  const command = new Command('add')
    .summary('tell somebody else')
    .description(
      'Adds somebody who is told what happens in the account: an address by mail, a chat by the url of an incoming webhook of Slack or of what takes its messages, or a webhook of your own. As a url may have a token, it comes from a file or the environment, or you are asked.',
    )
    .addArgument(new Argument('<channel>', 'how').choices(noticeChannels))
    .argument('[address]', 'for mail: one address, such as ops@bank.example')
    .option(
      '--url-file <file>',
      'for the others: file with the url; without it, MTLS_NOTICE_URL is used, or you are asked',
    )
    .addOption(repeatableChoice('--event <event>', 'only what is named', noticeEventTypes))
    .addOption(
      repeatable('--share <share>', 'share of the lifetime of a certificate that is left when it is told', shareOf),
    )
    .addHelpText(
      'after',
      examples(
        'mtls notices add mail ops@bank.example',
        'mtls notices add slack --url-file slack-url.txt --share 0.2 --share 0.05',
        'mtls notices add webhook --event certificate.expired',
      ),
    )
  return withConnection(command).action(async (channel, address, { urlFile, event, share, ...options }) => {
    if (address !== undefined && channel !== 'mail') {
      throw new CliFailure('wrongUse', 'Others can see arguments, and a url may have a token: use --url-file FILE.')
    }
    const to =
      channel === 'mail'
        ? address
        : await readSecret(context, { file: urlFile, variable: 'MTLS_NOTICE_URL', question: 'Url: ' })
    if (to === undefined) {
      const missing = channel === 'mail' ? 'the address: mtls notices add mail ADDRESS.' : 'the url: --url-file FILE.'
      throw new CliFailure('wrongUse', `Give ${missing}`)
    }
    const { configApi } = await connect(options, context)
    const { body: before, etag } = await configApi.getSettings()
    const added = {
      channel,
      to,
      ...(event.length > 0 && { events: [...event] }),
      ...(share.length > 0 && { shares: [...share] }),
    }
    const notices = [...before.notices.map(({ id, channel: kept }) => ({ id, channel: kept })), added]
    const set = await configApi.changeSettings({ body: { notices }, ifMatch: etag })
    const known = new Set(before.notices.map(({ id }) => id))
    const made = set.body.notices.find(({ id }) => !known.has(id))
    context.output.answer(set, (settings) => (made === undefined ? noticeTable(settings) : noticeText(made)))
    if (made?.secret !== undefined) context.output.complain(secretNote)
  })
}

function shareOf(text: string): number {
  const share = Number(text)
  if (/^0?\.\d{1,6}$/.test(text) && share > 0) return share
  throw new InvalidArgumentError('It is a number between 0 and 1, such as 0.1.')
}
