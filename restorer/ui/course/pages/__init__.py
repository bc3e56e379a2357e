"""The pages in the order of the story; docs/adding-a-page.md adds one."""

from restorer.ui.course.page import Page
from restorer.ui.course.pages import beyond, forward, reverse

PAGES: tuple[Page, ...] = (*forward.PAGES, *reverse.PAGES, *beyond.PAGES)
