"""The ticket a shopper holds, every letter of it, for one bill checked by hand."""

from __future__ import annotations

from tests.sale.invoice_sample import BILL, NOTE, printed

ON_80_MM = """\
                 Malgudi Stores
                 4 Market Road
                 Malgudi 570001
              Phone 0821 555 0100
         GSTIN 29ABCDE1234F1Z5 State 29
                  TAX INVOICE
------------------------------------------------
Bill 0001T126-000042            23-11-2026 10:15
Till T1                            Cashier Meera
------------------------------------------------
Item                                      Amount
Toor Dal 1 kg
  HSN 0713 5%  2 x 145.00                 290.00
टमाटर
  HSN 0702 0%  0.455 kg x 40.00            18.20
Cotton Kurta Hand Block Printed Long Sleeve
  size M, colour Indigo
  HSN 6205 12%  1 x 1,299.00
  less 129.90                           1,169.10
USB-C Cable
  HSN 8544 18%  1 x 300.00
  plus GST 54.00                          354.00
------------------------------------------------
Gross                                   1,907.20
Discount                                 -129.90
GST added                                  54.00
Rounding                                   -0.30
================================================
TOTAL                                  ₹1,831.00
================================================
UPI ref 632812004512                    1,000.00
Cash                                    1,000.00
Change                                    169.00
Items                                          5
------------------------------------------------
GST            Taxable         CGST         SGST
0%               18.20         0.00         0.00
5%              276.20         6.90         6.90
12%           1,043.84        62.63        62.63
18%             300.00        27.00        27.00
Total         1,638.24        96.53        96.53
------------------------------------------------
Customer Asha Rao
Mobile ********3210
Points before this bill                  1,250.5
------------------------------------------------
Points for this bill will be added when it
reaches the loyalty system.

                 || | ||| || |
                0001T126-000042

[QR 29ABCDE1234F1Z5|0001T126-000042|2026-11-23|1
                    831.00]
     Exchange within 7 days with this bill.
                Journal 9f86d081
- - - - - - - - - - - - - - - - - - - - - - - -
"""

ON_58_MM = """\
         Malgudi Stores
         4 Market Road
         Malgudi 570001
      Phone 0821 555 0100
 GSTIN 29ABCDE1234F1Z5 State 29
          TAX INVOICE
--------------------------------
Bill 0001T126-000042
23-11-2026 10:15
Till T1            Cashier Meera
--------------------------------
Item                      Amount
Toor Dal 1 kg
  HSN 0713 5%
  2 x 145.00              290.00
टमाटर
  HSN 0702 0%
  0.455 kg x 40.00         18.20
Cotton Kurta Hand Block Printed
Long Sleeve
  size M, colour Indigo
  HSN 6205 12%
  1 x 1,299.00
  less 129.90           1,169.10
USB-C Cable
  HSN 8544 18%
  1 x 300.00
  plus GST 54.00          354.00
--------------------------------
Gross                   1,907.20
Discount                 -129.90
GST added                  54.00
Rounding                   -0.30
================================
TOTAL                  ₹1,831.00
================================
UPI ref 632812004512    1,000.00
Cash                    1,000.00
Change                    169.00
Items                          5
--------------------------------
GST      Taxable    CGST    SGST
0%         18.20    0.00    0.00
5%        276.20    6.90    6.90
12%     1,043.84   62.63   62.63
18%       300.00   27.00   27.00
Total   1,638.24   96.53   96.53
--------------------------------
Customer Asha Rao
Mobile ********3210
Points before this bill  1,250.5
--------------------------------
Points for this bill will be
added when it reaches the
loyalty system.

         || | ||| || |
        0001T126-000042

[QR 29ABCDE1234F1Z5|0001T126-000
    042|2026-11-23|1831.00]
Exchange within 7 days with this
             bill.
        Journal 9f86d081
- - - - - - - - - - - - - - - -
"""


def test_the_whole_ticket_at_48_columns() -> None:
    """Every letter of a hand-checked bill on 80 mm paper."""
    assert printed(BILL, notes=[NOTE], chain_mark="9f86d081884c7d65") == ON_80_MM


def test_the_whole_ticket_at_32_columns() -> None:
    """Every letter of the same bill on 58 mm paper."""
    assert printed(BILL, columns=32, notes=[NOTE], chain_mark="9f86d081884c7d65") == ON_58_MM
