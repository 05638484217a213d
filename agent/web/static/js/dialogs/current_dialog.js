/** The dialog on the page, by its name. There is never more than one, but for the PIN that one may want. */
import { html } from '../html.js';
import { currentDialog, dialog, dialogKey } from '../state.js';
import { asked } from '../supervisor_asked.js';
import { CodesDialog } from './codes.js';
import { CouponDialog } from './coupon.js';
import { CustomerDialog } from './customer.js';
import { DiscountDialog } from './discount.js';
import { EnrolDialog } from './enrol.js';
import { FindDialog } from './find.js';
import { HistoryDialog } from './history.js';
import { PinDialog } from './pin.js';
import { PointsDialog } from './points.js';
import { PriceDialog } from './price.js';
import { QuantityDialog } from './quantity.js';
import { QueueDialog } from './queue.js';
import { QueueWordDialog } from './queue_word.js';
import { ReasonDialog } from './reason.js';
import { ReceiptsDialog } from './receipts.js';
import { RefusedDialog } from './refused.js';
import { ResultDialog } from './result.js';
import { ReturnDialog } from './return.js';
import { ReturnUnknownDialog } from './return_unknown.js';
import { TagDialog } from './tag.js';
import { TenderDialog } from './tender.js';
import { TimesDialog } from './times.js';
import { WeighDialog } from './weigh.js';

const DIALOGS = {
  find: FindDialog,
  quantity: QuantityDialog,
  price: PriceDialog,
  discount: DiscountDialog,
  customer: CustomerDialog,
  codes: CodesDialog,
  history: HistoryDialog,
  enrol: EnrolDialog,
  coupon: CouponDialog,
  points: PointsDialog,
  reason: ReasonDialog,
  receipts: ReceiptsDialog,
  refused: RefusedDialog,
  queue: QueueDialog,
  return: ReturnDialog,
  return_unknown: ReturnUnknownDialog,
  tag: TagDialog,
  queue_word: QueueWordDialog,
  tender: TenderDialog,
  times: TimesDialog,
  weigh: WeighDialog,
  result: ResultDialog,
};

function Named() {
  if (!currentDialog.value) return null;
  const Shown = DIALOGS[currentDialog.value];
  const own = dialog.value ?? {};
  return html`<${Shown} key=${dialogKey.value} ...${own} />`;
}

export function CurrentDialog() {
  return html`<${Named} />${asked.value && html`<${PinDialog} key=${asked.value.answer.key} asked=${asked.value} />`}`;
}
