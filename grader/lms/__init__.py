"""The learning management systems (LMS): what each exports and what it takes back."""
