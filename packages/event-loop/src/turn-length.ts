/** In milliseconds. Others hardly notice a turn that is shorter, if they have as long afterwards. */
export const shortTurnMs = 2
/** While others are served, whoever takes more than short turns has a tenth of the event loop's time. */
export const restPerWork = 9
