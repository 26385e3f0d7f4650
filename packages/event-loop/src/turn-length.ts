/** In milliseconds. A turn that is shorter keeps others waiting no longer than their own calls do. */
export const shortTurnMs = 2
/** While others are served, whoever takes more than short turns has a tenth of the event loop's time. */
export const restPerWork = 9
