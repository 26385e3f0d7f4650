import { commandGroup } from '../command-group.ts'
import { addNoticeCommand } from './add-notice.ts'
import { listNoticesCommand } from './list-notices.ts'
import { removeNoticeCommand } from './remove-notice.ts'
import { testNoticeCommand } from './test-notice.ts'

/** Who is told what happens in the account. */
export const noticesCommand = commandGroup('notices', 'list, add, test and remove who is told what happens', [
  listNoticesCommand,
  addNoticeCommand,
  testNoticeCommand,
  removeNoticeCommand,
])
