"""Behind the page of missed questions: what was asked, what a change would do, and the content folder."""
