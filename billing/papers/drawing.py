"""A `Sheet` on A4. Millimetres from the upper left corner; the address stands where windows of envelopes are."""

from collections.abc import Sequence

from fpdf import FPDF, XPos, YPos
from fpdf.enums import Align

from billing.papers.letters import NAME, STYLES, drawable
from billing.papers.sheet import Row, Sheet, TaxRow
from tenants.branding import WHITE, parsed, shades

LEFT, RIGHT, WIDTH = 22.0, 188.0, 166.0
ADDRESS_TOP, ADDRESS_WIDTH = 48.0, 80.0
FACTS_LEFT, FACTS_WIDTH = 122.0, 66.0
TITLE_TOP = 96.0
CONTINUED_TOP = 26.0
FOOT = 38.0
PAGES = "{pages}"
VAT_WIDTH, AMOUNT_WIDTH, TOTAL_WIDTH = 22.0, 34.0, 38.0
LABEL_WIDTH = WIDTH - VAT_WIDTH - AMOUNT_WIDTH
TAX_WIDTHS = (26.0, 30.0, 30.0, 30.0)
INK, SOFT, HAIR, TINT = (28, 33, 31), (98, 106, 103), (214, 219, 217), (245, 247, 246)
LINE, SMALL_LINE = 5.2, 3.9
PADDING = 2.1


def pdf(sheet: Sheet) -> bytes:
    """The document as PDF with its fonts embedded; the same sheet is the same bytes."""
    page = _Page(sheet)
    page.add_page()
    _address(page)
    _facts(page)
    _title(page)
    _table(page)
    _total(page)
    _taxes(page)
    _payment(page)
    _remarks(page)
    return bytes(page.output())


class _Page(FPDF):
    """A sheet of paper with the brand above and the seller below, on every page."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(format="A4")
        self.sheet = sheet
        self.brand = parsed(shades(sheet.colour, WHITE).ink)
        for style, path in STYLES.items():
            self.add_font(NAME, style, path)
        self.set_margins(LEFT, CONTINUED_TOP, 210 - RIGHT)
        self.set_auto_page_break(True, FOOT)
        self.c_margin = 0  # texts begin where the rules do
        self.alias_nb_pages(PAGES)
        self.set_title(drawable(f"{sheet.title} {sheet.number}"))
        self.set_author(drawable(sheet.brand))
        self.set_creator("Forecourt")
        self.set_producer("Forecourt")
        self.set_lang(sheet.language)
        self.set_creation_date(sheet.made_at)

    def header(self) -> None:
        """The brand: large on the first page, a line on the others."""
        self.set_fill_color(*self.brand)
        self.rect(0, 0, 210, 3, style="F")
        is_first = self.page_no() == 1
        self.set_xy(LEFT, 16 if is_first else 10)
        self.write_in(17 if is_first else 9, "B", self.brand)
        self.multi_cell(WIDTH if is_first else WIDTH / 2, 8 if is_first else 5, drawable(self.sheet.brand), align="L")
        if not is_first:
            self.set_xy(LEFT + WIDTH / 2, 10)
            self.write_in(8, "", SOFT)
            self.cell(WIDTH / 2, 5, drawable(f"{self.sheet.title} {self.sheet.number}"), align=Align.R)
            self.set_xy(LEFT, CONTINUED_TOP)

    def footer(self) -> None:
        """Who sells, and which page this is."""
        self.set_y(-FOOT + 8)
        self.set_draw_color(*HAIR)
        self.set_line_width(0.2)
        self.line(LEFT, self.get_y(), RIGHT, self.get_y())
        self.ln(2)
        self.write_in(7, "", SOFT)
        top = self.get_y()
        for line in self.sheet.foot[:6]:
            self.set_x(LEFT)
            self.cell(WIDTH - 30, 3.6, self.fitted(line, WIDTH - 30), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        words = self.sheet.headings.page
        # The number of pages is put in at the end: what stands for it is wider than it will be.
        self.set_xy(RIGHT - self.get_string_width(drawable(words % {"page": self.page_no(), "pages": 1})), top)
        self.cell(0, 3.6, drawable(words % {"page": self.page_no(), "pages": PAGES}))

    def write_in(self, size: float, style: str, colour: Sequence[int]) -> None:
        """Choose the pen."""
        self.set_font(NAME, style, size)
        self.set_text_color(*colour)

    def fitted(self, text: str, width: float) -> str:
        """As much of a line as fits into a width."""
        text = drawable(text)
        if self.get_string_width(text) <= width:
            return text
        while text and self.get_string_width(f"{text}…") > width:
            text = text[:-1]
        return f"{text}…"

    def height_of(self, text: str, width: float, line: float) -> float:
        """How high a text stands that is broken into lines of a width."""
        height = self.multi_cell(width, line, drawable(text), dry_run=True, output="HEIGHT", align="L")
        assert isinstance(height, float)
        return height

    def room_for(self, height: float) -> bool:
        """Begin a new page where so much does not fit any more; says whether it did."""
        return bool(self.will_page_break(height)) and self._turned()

    def _turned(self) -> bool:
        self.add_page()
        return True


def _address(page: _Page) -> None:
    page.set_xy(LEFT, ADDRESS_TOP)
    page.write_in(6.5, "", SOFT)
    page.cell(ADDRESS_WIDTH, 4, page.fitted(" · ".join(page.sheet.seller), ADDRESS_WIDTH))
    page.set_xy(LEFT, ADDRESS_TOP + 6)
    page.write_in(10, "", INK)
    for line in page.sheet.buyer[:7]:
        page.set_x(LEFT)
        page.cell(ADDRESS_WIDTH, LINE, page.fitted(line, ADDRESS_WIDTH), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _facts(page: _Page) -> None:
    page.set_y(ADDRESS_TOP)
    for name, value in page.sheet.facts:
        page.set_x(FACTS_LEFT)
        page.write_in(8, "", SOFT)
        page.cell(FACTS_WIDTH * 0.42, LINE, page.fitted(name, FACTS_WIDTH * 0.42))
        page.write_in(8.5, "B", INK)
        page.multi_cell(FACTS_WIDTH * 0.58, LINE, drawable(value), align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _title(page: _Page) -> None:
    page.set_xy(LEFT, max(TITLE_TOP, page.get_y() + 8))
    page.write_in(20, "B", INK)
    page.multi_cell(WIDTH, 10, drawable(page.sheet.title), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    if page.sheet.about:
        page.write_in(10, "", SOFT)
        page.multi_cell(WIDTH, LINE, drawable(page.sheet.about), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.ln(5)


def _table(page: _Page) -> None:
    _head(page)
    for row in page.sheet.rows:
        _row(page, row)


def _head(page: _Page) -> None:
    words = page.sheet.headings
    page.write_in(7.5, "B", page.brand)
    page.set_x(LEFT)
    page.cell(LABEL_WIDTH, 6, drawable(words.label))
    page.cell(VAT_WIDTH, 6, drawable(words.vat), align=Align.R)
    page.cell(AMOUNT_WIDTH, 6, drawable(words.amount), align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    _rule(page, page.brand, 0.5)


def _row(page: _Page, row: Row) -> None:
    page.write_in(9, "", INK)
    height = page.height_of(row.label, LABEL_WIDTH, 4.8)
    if page.room_for(height + 2 * PADDING):
        _head(page)
    page.write_in(9, "", INK)
    top = page.get_y() + PADDING
    page.set_xy(LEFT, top)
    page.multi_cell(LABEL_WIDTH, 4.8, drawable(row.label), align="L")
    page.set_xy(LEFT + LABEL_WIDTH, top)
    page.set_text_color(*SOFT)
    page.cell(VAT_WIDTH, 4.8, drawable(row.vat), align=Align.R)
    page.set_text_color(*INK)
    page.cell(AMOUNT_WIDTH, 4.8, drawable(row.amount), align=Align.R)
    page.set_y(top + height + PADDING)
    _rule(page, HAIR, 0.2)


def _total(page: _Page) -> None:
    page.room_for(16)
    page.ln(2)
    page.write_in(12, "B", INK)
    label = page.fitted(page.sheet.total_label, WIDTH - TOTAL_WIDTH)
    begins = RIGHT - TOTAL_WIDTH - page.get_string_width(label)
    page.set_x(begins)
    page.cell(RIGHT - TOTAL_WIDTH - begins, 9, label)
    page.cell(TOTAL_WIDTH, 9, drawable(page.sheet.total), align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_draw_color(*page.brand)
    page.set_line_width(0.5)
    page.line(begins, page.get_y(), RIGHT, page.get_y())
    page.ln(6)


def _taxes(page: _Page) -> None:
    rows = page.sheet.taxes
    if not rows:
        return
    page.room_for(8 + 5 * len(rows))
    words = page.sheet.headings
    page.write_in(7, "", SOFT)
    _tax_row(page, (words.rate, words.net, words.tax, words.gross), 4.6)
    page.write_in(8, "", INK)
    for row in rows:
        _tax_row(page, _cells(row), 4.8)
    page.ln(5)


def _cells(row: TaxRow) -> tuple[str, str, str, str]:
    return row.rate, row.net, row.tax, row.gross


def _tax_row(page: _Page, cells: Sequence[str], height: float) -> None:
    page.set_x(RIGHT - sum(TAX_WIDTHS))
    for text, width in zip(cells, TAX_WIDTHS, strict=True):
        page.cell(width, height, drawable(text), align=Align.R)
    page.ln(height)


def _payment(page: _Page) -> None:
    lines = page.sheet.payment
    if not lines:
        return
    page.write_in(9, "", INK)
    heights = [page.height_of(line, WIDTH - 10, 4.9) for line in lines]
    page.room_for(sum(heights) + 10)
    page.write_in(9, "", INK)
    top = page.get_y()
    page.set_fill_color(*TINT)
    page.rect(LEFT, top, WIDTH, sum(heights) + 7, style="F")
    page.set_fill_color(*page.brand)
    page.rect(LEFT, top, 1.2, sum(heights) + 7, style="F")
    page.set_y(top + 3.5)
    for line in lines:
        page.set_x(LEFT + 6)
        page.multi_cell(WIDTH - 10, 4.9, drawable(line), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_y(top + sum(heights) + 7)
    page.ln(5)


def _remarks(page: _Page) -> None:
    page.write_in(8.5, "", SOFT)
    for text in page.sheet.remarks:
        page.multi_cell(WIDTH, 4.6, drawable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        page.ln(1.5)


def _rule(page: _Page, colour: Sequence[int], width: float) -> None:
    page.set_draw_color(*colour)
    page.set_line_width(width)
    page.line(LEFT, page.get_y(), RIGHT, page.get_y())
